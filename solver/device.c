#include "device.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static int first_device;

void EluteDeviceFirst(int number) {
  first_device = number;
}

/* The ranks of a node take its devices in turn. */
static int open_device(MPI_Comm node, EluteDevice *device) {
  int rank;

  if (MPI_Comm_rank(node, &rank)) return 1;
  return elute_backend_cuda_open(first_device + rank, device);
}

static bool asks_for_device(const char *backend) {
  return strcmp(backend, "auto") == 0 || strcmp(backend, "cuda") == 0;
}

static bool among(const char *word, int n, char **words) {
  for (int i = 0; i < n; i++)
    if (strcmp(words[i], word) == 0) return true;
  return false;
}

void EluteDeviceBegin(const char *backend, int *argc, char **argv) {
  static char number[16], aware[2];
  char *word[ELUTE_DEVICE_WORDS] = {(char *)"-device_select_cuda", number, (char *)"-use_gpu_aware_mpi", aware};
  EluteDevice device;
  MPI_Comm node;
  char why[200];
  int started, given;

  if (!ELUTE_DEVICE_VECTORS || !asks_for_device(backend) || !elute_backend_cuda_available(why, sizeof why)) return;
  if (MPI_Initialized(&started) || (!started && MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &given))) return;
  if (MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &node)) return;
  if (open_device(node, &device) == 0) { /* a failure is reported when the device is chosen */
    snprintf(number, sizeof number, "%d", device.number);
    snprintf(aware, sizeof aware, "%d", EluteMpiTakesDevicePointers());
    for (int w = 0; w < ELUTE_DEVICE_WORDS; w += 2) {
      if (among(word[w], *argc, argv)) continue; /* the user knows better */
      argv[(*argc)++] = word[w];
      argv[(*argc)++] = word[w + 1];
    }
  }
  MPI_Comm_free(&node);
}

/* Kernels run in the order of PETSc's own, where PETSc computes on the same device. */
static PetscErrorCode join_petsc(const EluteDevice *device) {
  void *stream = NULL;
  int number = -1;

  if (!ELUTE_DEVICE_VECTORS) return PETSC_SUCCESS;
  PetscCall(ElutePetscStream(&stream, &number));
  if (number != device->number)
    return EluteFail(ELUTE_EXIT_USAGE, "PETSc computes on device %d and the kernels on device %d of this node", number,
                     device->number);
  elute_backend_cuda_stream(stream);
  return PETSC_SUCCESS;
}

static PetscErrorCode open_devices(MPI_Comm comm, EluteDeviceChoice *c) {
  MPI_Comm node;
  char(*id)[sizeof c->device.id];
  int size;
  PetscErrorCode ierr;

  PetscCallMPI(MPI_Comm_split_type(comm, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &node));
  ierr = open_device(node, &c->device) ? EluteFail(ELUTE_EXIT_SYSTEM, "backend cuda: %s", elute_backend_error())
                                       : join_petsc(&c->device);
  ierr = EluteAgree(comm, ierr);
  /* What is free is read when the contexts of all ranks are there, which take memory too. */
  if (!ierr && open_device(node, &c->device))
    ierr = EluteFail(ELUTE_EXIT_SYSTEM, "backend cuda: %s", elute_backend_error());
  PetscCallMPI(MPI_Comm_size(node, &size));
  PetscCall(PetscMalloc1(size, &id));
  PetscCallMPI(MPI_Allgather(c->device.id, sizeof *id, MPI_CHAR, id, sizeof *id, MPI_CHAR, node));
  c->sharers = 0;
  for (int r = 0; r < size; r++) c->sharers += memcmp(id[r], c->device.id, sizeof *id) == 0;
  PetscCall(PetscFree(id));
  PetscCallMPI(MPI_Comm_free(&node));
  PetscCallMPI(MPI_Allreduce(&c->sharers, &c->most_sharers, 1, MPI_INT, MPI_MAX, comm));
  return EluteAgree(comm, ierr);
}

PetscErrorCode EluteDeviceChoose(MPI_Comm comm, const char *backend, const char *automatic_without,
                                 EluteDeviceChoice *c) {
  bool automatic = strcmp(backend, "auto") == 0, cuda = strcmp(backend, "cuda") == 0;
  char why[200] = "";
  int usable, everywhere;

  memset(c, 0, sizeof *c);
  c->backend = strcmp(backend, "guard") == 0 ? &elute_backend_guard : &elute_backend_cpu;
  snprintf(c->reason, sizeof c->reason, "asked for");
  if (!automatic && !cuda) return PETSC_SUCCESS;
  usable = elute_backend_cuda_available(why, sizeof why);
  if (cuda)
    PetscCall(EluteAgree(comm, usable ? PETSC_SUCCESS : EluteFail(ELUTE_EXIT_SYSTEM, "--backend cuda: %s", why)));
  PetscCallMPI(MPI_Allreduce(&usable, &everywhere, 1, MPI_INT, MPI_MIN, comm));
  if (!everywhere) {
    snprintf(c->reason, sizeof c->reason, "no CUDA: %s", usable ? "some rank has no usable device" : why);
    return PETSC_SUCCESS;
  }
  if (automatic && automatic_without) {
    snprintf(c->reason, sizeof c->reason, "not CUDA: %s", automatic_without);
    return PETSC_SUCCESS;
  }
  c->backend = &elute_backend_cuda;
  c->used = true;
  if (automatic) snprintf(c->reason, sizeof c->reason, "there is a usable device");
  return open_devices(comm, c);
}

static bool in_place(const EluteValue *value) {
  return value && EluteValueVariesInPlace(value);
}

/* Reactions' coefficients that are kept for every cell, at most: those that vary in place, or whose law in terms of C
   takes in a porosity that does. */
static int coefficient_fields(const EluteModel *model) {
  bool porosity = false;
  int n = 0;

  for (int t = 0; t < model->n_tissues; t++) porosity |= in_place(model->tissues[t].interstitial_fraction);
  for (int k = 0; k < model->n_mobile; k++)
    porosity |= in_place(model->species[k].availability) || in_place(model->species[k].sorption_factor);
  for (int r = 0; r < model->n_reactions; r++) {
    const EluteReactionSpec *spec = &model->reactions[r];

    n += porosity || spec->has_shape || in_place(spec->rate);
    for (int f = 0; f < spec->n_factors; f++)
      n += spec->factor[f].constant && (porosity || in_place(spec->factor[f].constant));
  }
  return n;
}

/* Numbers in the conductances of one axis (kernels/view.h). Without boundary conditions an axis of one cell needs none;
   it is counted all the same where there are any. */
static double conductances(const EluteModel *model, const EluteMesh *mesh, int axis) {
  const EluteMeshView *m = &mesh->view;
  double row = (double)model->n_mobile * m->pitch, ny = m->ny, nz = m->nz;

  if (m->n_rows == 0 || (mesh->spec.n[axis] == 1 && model->n_boundaries == 0)) return 0;
  return row * (axis == 0 ? ny * nz : axis == 1 ? nz * (ny + 1) : (nz + 1) * ny);
}

/* Six equations, below and above of every line that is cut or closes on itself, and as much for packed rows. */
static double interfaces(const EluteModel *model, const EluteMesh *mesh, int axis) {
  double line_rows = axis == 1 ? mesh->view.nz : mesh->view.ny;

  if (mesh->rank_grid[axis] == 1 && !mesh->spec.periodic[axis]) return 0;
  return 8 * line_rows * model->n_mobile * mesh->view.pitch;
}

/* Doubles that the longest sweep over lines keeps beside them. */
static double line_scratch(const EluteModel *model, const EluteMesh *mesh) {
  const EluteMeshView *m = &mesh->view;
  double cells = (double)m->n_rows * m->pitch * model->n_mobile, most = 0;
  int length[3] = {m->pitch, m->ny, m->nz};

  for (int axis = 0; axis < 3; axis++)
    most = fmax(most, fmin(cells, ((double)ELUTE_CUDA_LINES + m->pitch) * length[axis]));
  return most;
}

/* The fluid's flux and the weights of faces, what it carries, the ghost rows of J's state (kernels/view.h). */
static double flow_bytes(const EluteModel *model, const EluteMesh *mesh, double coefficient) {
  const EluteMeshView *m = &mesh->view;
  const double n[3] = {m->n_cells, m->ny, m->nz}, rows = m->n_rows, mobile_row = (double)model->n_mobile * m->pitch;
  double bytes = (rows + m->n_ghost_rows) * mobile_row * coefficient;

  for (int axis = 0; axis < model->mesh.dimension && rows > 0; axis++) {
    bytes += (axis == 0 ? rows : rows / n[axis] * (n[axis] + 1)) * m->pitch * sizeof(double);
    if (model->flow.limited) bytes += 4 * (n[axis] + 1) * sizeof(double);
  }
  if (!model->flow.limited) return bytes;
  return bytes + m->n_ghost_rows * mobile_row * sizeof(double) + rows * 4 * sizeof(int32_t);
}

double EluteDeviceBytes(const EluteModel *model, const EluteMesh *mesh, EluteStepperKind stepper, double *scratch) {
  const EluteMeshView *m = &mesh->view;
  double cells = (double)m->n_rows * m->pitch, mobile_row = (double)model->n_mobile * m->pitch;
  double coefficient = model->coefficients_double ? sizeof(double) : sizeof(float);
  double bytes = cells * (1 + (double)coefficient_fields(model) * sizeof(double));

  /* the state itself, and what steps it */
  bytes += cells * model->n_species * sizeof(double) * (1 + EluteStepperVectors(model, stepper));
  bytes += cells * EluteReadoutsKept(model) * sizeof(double);
  bytes += 2 * m->n_ghost_rows * mobile_row * sizeof(double); /* received, and about as many to send */
  bytes += (m->n_rows + m->n_ghost_rows) * mobile_row * coefficient;
  for (int axis = 0; axis < 3; axis++) bytes += conductances(model, mesh, axis) * coefficient;
  if (EluteModelCrosses(model)) /* shifts with their ghost rows, and turns, at most */
    bytes += 3 * (cells * model->n_species + m->n_ghost_rows * mobile_row) * sizeof(double) +
             6 * m->n_rows * mobile_row * coefficient;
  for (int axis = 1; axis < 3; axis++) bytes += interfaces(model, mesh, axis) * sizeof(double);
  if (model->flow.model) bytes += flow_bytes(model, mesh, coefficient);
  for (int t = 0; t < model->n_lookups; t++) bytes += 4.0 * model->lookups[t].n * sizeof(double);
  *scratch = line_scratch(model, mesh) * sizeof(double);
  return bytes + (double)m->n_rows * (4 * sizeof(int32_t) + sizeof(double));
}

bool EluteDeviceFits(double needed, size_t free_bytes, int sharers, char *message, size_t length) {
  double share = (double)free_bytes / sharers;

  if (needed <= share) return true;
  if (sharers == 1)
    snprintf(message, length, "the run needs %.0f bytes of device memory, of %zu that are free", needed, free_bytes);
  else
    snprintf(message, length,
             "the run needs %.0f bytes of device memory on a rank, and %d ranks share a device with %zu bytes free",
             needed, sharers, free_bytes);
  return false;
}

PetscErrorCode EluteDeviceCheck(MPI_Comm comm, const EluteDeviceChoice *c, double needed) {
  PetscErrorCode ierr = PETSC_SUCCESS;
  char message[200];

  if (!c->used) return PETSC_SUCCESS;
  if (!EluteDeviceFits(needed, c->device.free, c->sharers, message, sizeof message))
    ierr = EluteFail(ELUTE_EXIT_SYSTEM, "%s: %s", c->device.name, message);
  return EluteAgree(comm, ierr);
}
