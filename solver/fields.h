/* Where species live: state vectors of rows (kernels/view.h) as PETSc Vecs, and the exchange of ghost rows. */
#ifndef ELUTE_FIELDS_H
#define ELUTE_FIELDS_H

#include <petscvec.h>
#include <petscsf.h>
#include "../kernels/backend.h"
#include "../meshes/mesh.h"
#include "error.h"

typedef struct EluteFields {
  MPI_Comm comm;
  const EluteMesh *mesh;         /* not owned */
  const EluteBackend *backend;
  int n_species, n_mobile;
  PetscInt n_local;              /* n_rows * n_species * pitch */
  PetscSF ghost_sf;              /* unit: one species' row of `pitch` doubles */
  MPI_Datatype row_type;
  double *send, *receive; /* host copies for backends with memory of their own */
} EluteFields;

PetscErrorCode EluteFieldsCreate(const EluteMesh *mesh, const EluteBackend *backend, int n_species, int n_mobile, EluteFields **fields);
PetscErrorCode EluteFieldsDestroy(EluteFields **fields);
PetscErrorCode EluteFieldsCreateVec(EluteFields *fields, Vec *vec);   /* a state vector, zeroed */
PetscErrorCode EluteFieldsCreateGhost(EluteFields *fields, Vec *vec); /* [n_ghost_rows * n_mobile * pitch], local */
/* Begin/end so that work can overlap. The ghost Vec receives the mobile species of neighbouring ranks' rows. */
PetscErrorCode EluteFieldsExchangeBegin(EluteFields *fields, Vec state, Vec ghost);
PetscErrorCode EluteFieldsExchangeEnd(EluteFields *fields, Vec state, Vec ghost);

#endif
