#include "fields.h"

#include <stdlib.h>
#include <string.h>

/* On the CPU backend arrays belong to PETSc. A backend with memory of its own (the guard) gets its arrays wrapped:
   PETSc never looks into them, and ghost rows travel through host copies. */
static bool own_memory(const EluteFields *f) {
  return f->backend != &elute_backend_cpu;
}

/* Graph of the exchange: root = one species' row on its owner, leaf = the ghost row's. */
static PetscErrorCode create_exchange(EluteFields *f) {
  const EluteMesh *mesh = f->mesh;
  PetscInt n_leaves = (PetscInt)mesh->view.n_ghost_rows * f->n_mobile,
           n_roots = (PetscInt)mesh->view.n_rows * f->n_species;
  PetscSFNode *remote;

  PetscCall(PetscMalloc1(n_leaves, &remote));
  for (PetscInt g = 0; g < mesh->view.n_ghost_rows; g++) {
    for (PetscInt k = 0; k < f->n_mobile; k++) {
      remote[g * f->n_mobile + k].rank = mesh->ghost_rank[g];
      remote[g * f->n_mobile + k].index = (PetscInt)mesh->ghost_row[g] * f->n_species + k;
    }
  }
  PetscCall(PetscSFCreate(f->comm, &f->ghost_sf));
  PetscCall(PetscSFSetGraph(f->ghost_sf, n_roots, n_leaves, NULL, PETSC_OWN_POINTER, remote, PETSC_OWN_POINTER));
  PetscCall(PetscSFSetUp(f->ghost_sf));
  PetscCallMPI(MPI_Type_contiguous((int)mesh->view.pitch, MPI_DOUBLE, &f->row_type));
  PetscCallMPI(MPI_Type_commit(&f->row_type));
  return PETSC_SUCCESS;
}

PetscErrorCode EluteFieldsCreate(const EluteMesh *mesh, const EluteBackend *backend, int n_species, int n_mobile,
                                 EluteFields **fields) {
  EluteFields *f;

  PetscCall(PetscNew(&f));
  f->comm = mesh->comm;
  f->mesh = mesh;
  f->backend = backend;
  f->n_species = n_species;
  f->n_mobile = n_mobile;
  f->n_local = (PetscInt)mesh->view.n_rows * n_species * mesh->view.pitch;
  PetscCall(create_exchange(f));
  *fields = f;
  return PETSC_SUCCESS;
}

PetscErrorCode EluteFieldsDestroy(EluteFields **fields) {
  EluteFields *f = *fields;

  if (!f) return PETSC_SUCCESS;
  PetscCall(PetscSFDestroy(&f->ghost_sf));
  PetscCallMPI(MPI_Type_free(&f->row_type));
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

static PetscErrorCode release_memory(void *context) {
  BackendMemory *m = context;

  m->backend->release(m->memory);
  PetscCall(PetscFree(m));
  return PETSC_SUCCESS;
}

static PetscErrorCode create_vec(EluteFields *f, MPI_Comm comm, PetscInt n, Vec *vec) {
  BackendMemory *m;
  PetscContainer container;

  if (!own_memory(f)) {
    PetscCall(VecCreate(comm, vec));
    PetscCall(VecSetSizes(*vec, n, PETSC_DECIDE));
    PetscCall(VecSetType(*vec, VECSTANDARD));
    PetscCall(VecSet(*vec, 0));
    return PETSC_SUCCESS;
  }
  PetscCall(PetscNew(&m));
  m->backend = f->backend;
  m->memory = f->backend->allocate(sizeof(double) * (size_t)PetscMax(n, 1));
  PetscCheck(m->memory, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for a vector of %lld values", (long long)n);
  PetscCall(VecCreateMPIWithArray(comm, 1, n, PETSC_DETERMINE, m->memory, vec));
  PetscCall(PetscContainerCreate(comm, &container));
  PetscCall(PetscContainerSetPointer(container, m));
  PetscCall(PetscContainerSetUserDestroy(container, release_memory));
  PetscCall(PetscObjectCompose((PetscObject)*vec, "elute_memory", (PetscObject)container));
  PetscCall(PetscContainerDestroy(&container));
  return PETSC_SUCCESS;
}

PetscErrorCode EluteFieldsCreateVec(EluteFields *f, Vec *vec) {
  return create_vec(f, f->comm, f->n_local, vec);
}

PetscErrorCode EluteFieldsCreateGhost(EluteFields *f, Vec *vec) {
  return create_vec(f, PETSC_COMM_SELF, (PetscInt)f->mesh->view.n_ghost_rows * f->n_mobile * f->mesh->view.pitch, vec);
}

PetscErrorCode EluteFieldsExchangeBegin(EluteFields *f, Vec state, Vec ghost) {
  const double *from;
  double *to;

  PetscCall(VecGetArrayReadAndMemType(state, &from, NULL));
  PetscCall(VecGetArrayAndMemType(ghost, &to, NULL));
  if (own_memory(f)) {
    size_t n = (size_t)f->mesh->view.n_ghost_rows * (size_t)f->n_mobile * (size_t)f->mesh->view.pitch;

    if (!f->send) {
      PetscCall(PetscMalloc1((size_t)f->n_local + 1, &f->send));
      PetscCall(PetscMalloc1(n + 1, &f->receive));
    }
    PetscCheck(!f->backend->to_host(f->send, from, sizeof(double) * (size_t)f->n_local), PETSC_COMM_SELF, PETSC_ERR_LIB,
               "%s", elute_backend_error());
  }
  PetscCall(PetscSFBcastBegin(f->ghost_sf, f->row_type, own_memory(f) ? f->send : from, own_memory(f) ? f->receive : to,
                              MPI_REPLACE));
  PetscCall(VecRestoreArrayAndMemType(ghost, &to));
  PetscCall(VecRestoreArrayReadAndMemType(state, &from));
  return PETSC_SUCCESS;
}

PetscErrorCode EluteFieldsExchangeEnd(EluteFields *f, Vec state, Vec ghost) {
  const double *from;
  double *to;

  PetscCall(VecGetArrayReadAndMemType(state, &from, NULL));
  PetscCall(VecGetArrayAndMemType(ghost, &to, NULL));
  PetscCall(PetscSFBcastEnd(f->ghost_sf, f->row_type, own_memory(f) ? f->send : from, own_memory(f) ? f->receive : to,
                            MPI_REPLACE));
  if (own_memory(f)) {
    size_t n = (size_t)f->mesh->view.n_ghost_rows * (size_t)f->n_mobile * (size_t)f->mesh->view.pitch;

    PetscCheck(!f->backend->to_backend(to, f->receive, sizeof(double) * n), PETSC_COMM_SELF, PETSC_ERR_LIB, "%s",
               elute_backend_error());
  }
  PetscCall(VecRestoreArrayAndMemType(ghost, &to));
  PetscCall(VecRestoreArrayReadAndMemType(state, &from));
  return PETSC_SUCCESS;
}
