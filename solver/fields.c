#include "fields.h"

#include <stdlib.h>

/* Whose memory the vectors lie in:
   - the CPU backend computes on PETSc's vectors;
   - so does a backend on a device for which PETSc has vectors of its own (device_vectors);
   - the memory of any other backend is wrapped: PETSc never looks into it, since the callers hand the pointers of
     EluteFieldsGet... to the backend alone. PETSc takes it for host memory. */
static bool wraps_memory(const EluteFields *f) {
  return f->backend != &elute_backend_cpu && !f->device_vectors;
}

/* Ghost rows go through host copies, unless MPI and PetscSF reach the backend's memory. */
static bool copies_ghosts(const EluteFields *f) {
  PetscBool reaches = EluteMpiTakesDevicePointers();

  if (f->device_vectors) (void)PetscOptionsGetBool(NULL, NULL, "-use_gpu_aware_mpi", &reaches, NULL);
  return wraps_memory(f) || (f->device_vectors && !reaches);
}

const char *EluteFieldsExchangeWay(const EluteFields *f) {
  if (f->backend == &elute_backend_cpu) return "ghost rows go from memory to memory";
  if (copies_ghosts(f) && f->device_vectors)
    return "ghost rows go through copies on the host: this MPI does not take pointers to device memory";
  if (copies_ghosts(f)) return "ghost rows go through copies on the host: this PETSc knows nothing of the device";
  return "ghost rows go from device to device: MPI takes pointers to device memory";
}

static PetscMemType memory_type(const EluteFields *f) {
  return f->device_vectors ? PETSC_MEMTYPE_DEVICE : PETSC_MEMTYPE_HOST;
}

static PetscErrorCode check_memory(const EluteFields *f, PetscMemType found) {
  if (PetscMemTypeDevice(found) == PetscMemTypeDevice(memory_type(f))) return PETSC_SUCCESS;
  return EluteFail(ELUTE_EXIT_SYSTEM, "backend %s: PETSc holds a state vector on the %s; expected the %s",
                   f->backend->name, PetscMemTypeDevice(found) ? "device" : "host",
                   f->device_vectors ? "device" : "host");
}

PetscErrorCode EluteFieldsGetRead(const EluteFields *f, Vec vec, const double **array) {
  PetscMemType found;

  PetscCall(VecGetArrayReadAndMemType(vec, array, &found));
  return check_memory(f, found);
}

PetscErrorCode EluteFieldsRestoreRead(const EluteFields *f, Vec vec, const double **array) {
  (void)f;
  return VecRestoreArrayReadAndMemType(vec, array);
}

PetscErrorCode EluteFieldsGet(const EluteFields *f, Vec vec, double **array) {
  PetscMemType found;

  PetscCall(VecGetArrayAndMemType(vec, array, &found));
  return check_memory(f, found);
}

PetscErrorCode EluteFieldsRestore(const EluteFields *f, Vec vec, double **array) {
  (void)f;
  return VecRestoreArrayAndMemType(vec, array);
}

void EluteFieldsFailed(EluteFields *f) {
  f->failed = true;
  (void)EluteFail(ELUTE_EXIT_SYSTEM, "backend %s: %s", f->backend->name, elute_backend_error());
}

PetscErrorCode EluteFieldsAgree(EluteFields *f) {
  PetscErrorCode ierr = EluteAgree(f->comm, f->failed ? ELUTE_ERR : PETSC_SUCCESS);

  f->failed = ierr != 0;
  return ierr;
}

void EluteFieldsTraffic(EluteFields *f, EluteTrafficPhase phase) {
  EluteTraffic *sum = &f->traffic[phase], now;

  f->backend->traffic(&now);
  sum->to_backend += now.to_backend - f->seen.to_backend;
  sum->to_host += now.to_host - f->seen.to_host;
  sum->launches += now.launches - f->seen.launches;
  sum->waits += now.waits - f->seen.waits;
  f->seen = now;
}

static size_t row_bytes(const EluteFields *f) {
  return sizeof(double) * (size_t)f->n_mobile * (size_t)f->mesh->view.pitch;
}

static size_t ghost_length(const EluteFields *f) {
  return (size_t)f->mesh->view.n_ghost_rows * (size_t)f->n_mobile * (size_t)f->mesh->view.pitch;
}

static PetscErrorCode backend_call(const EluteFields *f, int failed) {
  if (!failed) return PETSC_SUCCESS;
  return EluteFail(ELUTE_EXIT_SYSTEM, "backend %s: %s", f->backend->name, elute_backend_error());
}

static PetscErrorCode backend_allocate(const EluteFields *f, size_t bytes, void *destination) {
  void *memory = f->backend->allocate(bytes ? bytes : sizeof(double));

  if (!memory) return EluteFail(ELUTE_EXIT_SYSTEM, "backend %s: out of memory (%zu bytes)", f->backend->name, bytes);
  *(void **)destination = memory;
  return PETSC_SUCCESS;
}

static PetscErrorCode create_graph(EluteFields *f, PetscInt n_roots, PetscInt per_row, const int32_t *index,
                                   PetscSF *sf) {
  const EluteMesh *mesh = f->mesh;
  PetscInt n_leaves = (PetscInt)mesh->view.n_ghost_rows * per_row;
  PetscSFNode *remote;

  PetscCall(PetscMalloc1((size_t)n_leaves + 1, &remote));
  for (PetscInt leaf = 0; leaf < n_leaves; leaf++) {
    remote[leaf].rank = mesh->ghost_rank[leaf / per_row];
    remote[leaf].index = (PetscInt)index[leaf / per_row] * per_row + leaf % per_row;
  }
  PetscCall(PetscSFCreate(f->comm, sf));
  PetscCall(PetscSFSetGraph(*sf, n_roots * per_row, n_leaves, NULL, PETSC_OWN_POINTER, remote, PETSC_OWN_POINTER));
  PetscCall(PetscSFSetUp(*sf));
  return PETSC_SUCCESS;
}

/* Own rows that others need, in order; tells the other ranks at which place of the packed rows theirs lie. */
static PetscErrorCode choose_packed_rows(EluteFields *f, int32_t **rows, int32_t *ghost_place) {
  const PetscInt n = f->mesh->view.n_rows;
  const PetscInt *needed;
  PetscSF sf;
  int32_t *place;

  PetscCall(create_graph(f, n, 1, f->mesh->ghost_row, &sf));
  PetscCall(PetscMalloc1((size_t)n + 1, rows));
  PetscCall(PetscMalloc1((size_t)n + 1, &place));
  PetscCall(PetscSFComputeDegreeBegin(sf, &needed));
  PetscCall(PetscSFComputeDegreeEnd(sf, &needed));
  for (PetscInt row = 0; row < n; row++) {
    place[row] = f->n_packed;
    if (needed[row]) (*rows)[f->n_packed++] = (int32_t)row;
  }
  PetscCall(PetscSFBcastBegin(sf, MPI_INT32_T, place, ghost_place, MPI_REPLACE));
  PetscCall(PetscSFBcastEnd(sf, MPI_INT32_T, place, ghost_place, MPI_REPLACE));
  PetscCall(PetscFree(place));
  PetscCall(PetscSFDestroy(&sf));
  return PETSC_SUCCESS;
}

static PetscErrorCode allocate_buffers(EluteFields *f, const int32_t *rows) {
  size_t n = (size_t)f->n_packed;

  PetscCall(backend_allocate(f, n * sizeof *rows, &f->packed_rows));
  if (n) PetscCall(backend_call(f, f->backend->to_backend(f->packed_rows, rows, n * sizeof *rows)));
  PetscCall(backend_allocate(f, n * row_bytes(f), &f->packed));
  if (!copies_ghosts(f)) return PETSC_SUCCESS;
  PetscCall(PetscCalloc1(n * row_bytes(f) / sizeof(double) + 1, &f->send));
  PetscCall(PetscMalloc1(ghost_length(f) + 1, &f->receive));
  return PETSC_SUCCESS;
}

static PetscErrorCode create_exchange(EluteFields *f) {
  int32_t *rows, *ghost_place;
  PetscErrorCode local;

  PetscCall(PetscMalloc1((size_t)f->mesh->view.n_ghost_rows + 1, &ghost_place));
  PetscCall(choose_packed_rows(f, &rows, ghost_place));
  PetscCall(create_graph(f, f->n_packed, f->n_mobile, ghost_place, &f->ghost_sf));
  PetscCallMPI(MPI_Type_contiguous((int)f->mesh->view.pitch, MPI_DOUBLE, &f->row_type));
  PetscCallMPI(MPI_Type_commit(&f->row_type));
  local = allocate_buffers(f, rows);
  PetscCall(PetscFree(rows));
  PetscCall(PetscFree(ghost_place));
  return EluteAgree(f->comm, local);
}

/* PetscInt counts all values of a vector over all ranks. */
static PetscErrorCode check_sizes(const EluteFields *f) {
  PetscInt64 local = (PetscInt64)f->mesh->view.n_rows * f->n_species * f->mesh->view.pitch, global = 0;

  PetscCallMPI(MPI_Allreduce(&local, &global, 1, MPIU_INT64, MPI_SUM, f->comm));
  if (global <= (PetscInt64)PETSC_MAX_INT) return PETSC_SUCCESS;
  return EluteFail(ELUTE_EXIT_SYSTEM,
                   "%lld unknowns (padding included) are more than this PETSc counts (%lld); expected a PETSc "
                   "configured with 64-bit indices",
                   (long long)global, (long long)PETSC_MAX_INT);
}

PetscErrorCode EluteFieldsCreate(const EluteMesh *mesh, const EluteBackend *backend, int n_species, int n_mobile,
                                 EluteFields **fields) {
  EluteFields *f;

  PetscCall(PetscNew(&f));
  *fields = f;
  f->comm = mesh->comm;
  f->mesh = mesh;
  f->backend = backend;
  f->device_vectors = ELUTE_DEVICE_VECTORS && backend == &elute_backend_cuda;
  f->backend->traffic(&f->seen);
  f->n_species = n_species;
  f->n_mobile = n_mobile;
  f->row_type = MPI_DATATYPE_NULL;
  f->layout = (EluteProblemView){.mesh = mesh->view, .n_species = n_species, .transport = {.n_mobile = n_mobile}};
  PetscCall(check_sizes(f));
  f->n_local = (PetscInt)mesh->view.n_rows * n_species * mesh->view.pitch;
  if (n_mobile > 0) PetscCall(create_exchange(f));
  return PETSC_SUCCESS;
}

PetscErrorCode EluteFieldsDestroy(EluteFields **fields) {
  EluteFields *f = *fields;

  if (!f) return PETSC_SUCCESS;
  PetscCall(PetscSFDestroy(&f->ghost_sf));
  if (f->row_type != MPI_DATATYPE_NULL) PetscCallMPI(MPI_Type_free(&f->row_type));
  if (f->packed_rows) f->backend->release(f->packed_rows);
  if (f->packed) f->backend->release(f->packed);
  PetscCall(PetscFree(f->send));
  PetscCall(PetscFree(f->receive));
  PetscCall(PetscFree(*fields));
  return PETSC_SUCCESS;
}

/* The memory that a wrapped Vec carries, released with it. */
typedef struct BackendMemory {
  const EluteBackend *backend;
  void *memory;
} BackendMemory;

static PetscErrorCode release_memory(void *argument) {
  BackendMemory *m = ELUTE_CONTAINER_CONTENT(argument);

  m->backend->release(m->memory);
  PetscCall(PetscFree(m));
  return PETSC_SUCCESS;
}

/* A Vec around backend memory, which is zeroed. Of MPI type also on one rank: nobody asks it to compute. */
static PetscErrorCode wrap_memory(EluteFields *f, MPI_Comm comm, PetscInt n, Vec *vec) {
  BackendMemory *m;
  PetscContainer container;
  void *memory = NULL;

  PetscCall(EluteAgree(comm, backend_allocate(f, sizeof(double) * (size_t)n, &memory)));
  PetscCall(PetscNew(&m));
  m->backend = f->backend;
  m->memory = memory;
  PetscCall(VecCreateMPIWithArray(comm, 1, n, PETSC_DETERMINE, memory, vec));
  PetscCall(PetscContainerCreate(comm, &container));
  PetscCall(PetscContainerSetPointer(container, m));
  PetscCall(PetscContainerSetCtxDestroy(container, release_memory));
  PetscCall(PetscObjectCompose((PetscObject)*vec, "elute_memory", (PetscObject)container));
  PetscCall(PetscContainerDestroy(&container));
  return PETSC_SUCCESS;
}

static PetscErrorCode create_vec(EluteFields *f, MPI_Comm comm, PetscInt n, Vec *vec) {
  if (wraps_memory(f)) return wrap_memory(f, comm, n, vec);
  PetscCall(VecCreate(comm, vec));
  PetscCall(VecSetSizes(*vec, n, PETSC_DECIDE));
  PetscCall(VecSetType(*vec, f->device_vectors ? ELUTE_VEC_DEVICE : VECSTANDARD));
  PetscCall(VecSet(*vec, 0));
  return PETSC_SUCCESS;
}

PetscErrorCode EluteFieldsCreateVec(EluteFields *f, Vec *vec) {
  return create_vec(f, f->comm, f->n_local, vec);
}

PetscErrorCode EluteFieldsCreateGhost(EluteFields *f, Vec *vec) {
  return create_vec(f, PETSC_COMM_SELF, (PetscInt)ghost_length(f), vec);
}

/* What PetscSF reads: the packed rows, where it reads them. */
static PetscErrorCode pack(EluteFields *f, Vec state) {
  const double *u;

  if (f->n_packed == 0) return PETSC_SUCCESS;
  PetscCall(EluteFieldsGetRead(f, state, &u));
  ELUTE_BACKEND_CALL(f, f->backend->pack_rows(&f->layout, u, f->n_packed, f->packed_rows, f->packed));
  if (f->send) ELUTE_BACKEND_CALL(f, f->backend->to_host(f->send, f->packed, (size_t)f->n_packed * row_bytes(f)));
  return EluteFieldsRestoreRead(f, state, &u);
}

PetscErrorCode EluteFieldsExchangeBegin(EluteFields *f, Vec state, Vec ghost) {
  PetscMemType type = f->send ? PETSC_MEMTYPE_HOST : memory_type(f);
  double *to;

  if (f->n_mobile == 0) return PETSC_SUCCESS;
  PetscCall(pack(f, state));
  PetscCall(EluteFieldsGet(f, ghost, &to));
  PetscCall(PetscSFBcastWithMemTypeBegin(f->ghost_sf, f->row_type, type, f->send ? f->send : f->packed, type,
                                         f->receive ? f->receive : to, MPI_REPLACE));
  return EluteFieldsRestore(f, ghost, &to);
}

PetscErrorCode EluteFieldsExchangeEnd(EluteFields *f, Vec state, Vec ghost) {
  size_t bytes = sizeof(double) * ghost_length(f);
  double *to;

  (void)state;
  if (f->n_mobile == 0) return PETSC_SUCCESS;
  PetscCall(EluteFieldsGet(f, ghost, &to));
  PetscCall(PetscSFBcastEnd(f->ghost_sf, f->row_type, f->send ? f->send : f->packed, f->receive ? f->receive : to,
                            MPI_REPLACE));
  f->halo_bytes += (double)bytes;
  if (f->receive && bytes) ELUTE_BACKEND_CALL(f, f->backend->to_backend(to, f->receive, bytes));
  return EluteFieldsRestore(f, ghost, &to);
}
