/* Where species live: state vectors of rows (kernels/view.h) as PETSc Vecs, and the exchange of ghost rows. */
#ifndef ELUTE_FIELDS_H
#define ELUTE_FIELDS_H

#include <petscvec.h>
#include <petscsf.h>
#include "../kernels/backend.h"
#include "../meshes/mesh.h"
#include "error.h"

/* When something went between host and backend memory. */
typedef enum {
  ELUTE_TRAFFIC_SET_UP,
  ELUTE_TRAFFIC_SEGMENTS, /* doses and held values, at discontinuities of the data */
  ELUTE_TRAFFIC_STEPPING,
  ELUTE_TRAFFIC_OUTPUT, /* and verify: */
  ELUTE_TRAFFIC_PHASES
} EluteTrafficPhase;

typedef struct EluteFields {
  MPI_Comm comm;
  const EluteMesh *mesh; /* not owned */
  const EluteBackend *backend;
  bool device_vectors; /* state vectors are PETSc's own on the backend's device */
  bool failed;         /* a call of the backend did, on this rank, or, once agreed on, on any: ask it nothing more */
  int n_species, n_mobile;
  PetscInt n_local; /* n_rows * n_species * pitch */
  PetscSF ghost_sf; /* from packed rows to ghost rows; unit: one species' row of `pitch` doubles */
  MPI_Datatype row_type;
  EluteProblemView layout; /* of a state vector: what pack_rows asks for, nothing else */
  int32_t n_packed;        /* own rows that other ranks need */
  int32_t *packed_rows;    /* backend memory, [n_packed] */
  double *packed;          /* backend memory, [n_packed * n_mobile * pitch] */
  double *send, *receive;  /* host copies of packed and ghost; NULL where MPI reaches the backend's memory */
  double halo_bytes;       /* that came in by all exchanges so far */
  EluteTraffic seen, traffic[ELUTE_TRAFFIC_PHASES]; /* of this rank */
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
/* How ghost rows travel, for the log: a clause. */
const char *EluteFieldsExchangeWay(const EluteFields *fields);

/* A vector's array in the backend's memory, to read, or to read and write. Fails where PETSc holds it elsewhere. */
PetscErrorCode EluteFieldsGetRead(const EluteFields *fields, Vec vec, const double **array);
PetscErrorCode EluteFieldsRestoreRead(const EluteFields *fields, Vec vec, const double **array);
PetscErrorCode EluteFieldsGet(const EluteFields *fields, Vec vec, double **array);
PetscErrorCode EluteFieldsRestore(const EluteFields *fields, Vec vec, double **array);

/* Inside a step a rank whose backend fails goes on taking part in what all ranks do together: the failure is kept, the
   backend is asked nothing more, and the step ends for all in EluteFieldsAgree. */
#define ELUTE_BACKEND_CALL(fields, call)                                                                               \
  do {                                                                                                                 \
    if (!(fields)->failed && (call)) EluteFieldsFailed(fields);                                                        \
  } while (0)
void EluteFieldsFailed(EluteFields *fields);
PetscErrorCode EluteFieldsAgree(EluteFields *fields); /* collective */

/* Counts for a phase what moved since the last call. */
void EluteFieldsTraffic(EluteFields *fields, EluteTrafficPhase phase);

#endif
