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
  const EluteMesh *mesh; /* not owned */
  const EluteBackend *backend;
  int n_species, n_mobile;
  PetscInt n_local; /* n_rows * n_species * pitch */
  PetscSF ghost_sf; /* from packed rows to ghost rows; unit: one species' row of `pitch` doubles */
  MPI_Datatype row_type;
  EluteProblemView layout; /* of a state vector: what pack_rows asks for, nothing else */
  int32_t n_packed;        /* own rows that other ranks need */
  int32_t *packed_rows;    /* backend memory, [n_packed] */
  double *packed;          /* backend memory, [n_packed * n_mobile * pitch] */
  double *send, *receive;  /* host copies of packed and ghost; NULL where the backend's memory is the host's */
} EluteFields;

PetscErrorCode EluteFieldsCreate(const EluteMesh *mesh, const EluteBackend *backend, int n_species, int n_mobile,
                                 EluteFields **fields);
PetscErrorCode EluteFieldsDestroy(EluteFields **fields);
PetscErrorCode EluteFieldsCreateVec(EluteFields *fields, Vec *vec);   /* a state vector, zeroed */
PetscErrorCode EluteFieldsCreateGhost(EluteFields *fields, Vec *vec); /* [n_ghost_rows * n_mobile * pitch], local */
/* Begin/end so that work can overlap; after Begin the state may change. The ghost Vec receives the mobile species of
 * neighbouring ranks' rows. */
PetscErrorCode EluteFieldsExchangeBegin(EluteFields *fields, Vec state, Vec ghost);
PetscErrorCode EluteFieldsExchangeEnd(EluteFields *fields, Vec state, Vec ghost);

#endif
