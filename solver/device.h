/* Which backend computes a run, on which device, and whether the run fits into the device's memory. */
#ifndef ELUTE_DEVICE_H
#define ELUTE_DEVICE_H

#include "stepping/stepper.h"

typedef struct EluteDeviceChoice {
  const EluteBackend *backend;
  char reason[256];   /* why this one */
  bool used;          /* a device computes; the rest describes this rank's */
  EluteDevice device; /* free: with the contexts of all ranks of the node in place */
  int sharers;        /* ranks of this node that compute on the same device, this one included */
  int most_sharers;   /* of any device, over all ranks */
} EluteDeviceChoice;

/* The device that the first rank of a node takes, 0 if never said; the others follow. */
void EluteDeviceFirst(int number);

/* Before PetscInitialize, which decides on PETSc's device for good: starts MPI and appends the options that make it
   this rank's, unless the backend named needs no device or there is none. *argc grows by ELUTE_DEVICE_WORDS at most. */
enum { ELUTE_DEVICE_WORDS = 4 };
void EluteDeviceBegin(const char *backend, int *argc, char **argv);

/* backend: "auto", "cpu", "guard" or "cuda". automatic_without: NULL, or why "auto" must do without a device. Opens the
   devices, ranks of a node in turn. Collective. */
PetscErrorCode EluteDeviceChoose(MPI_Comm comm, const char *backend, const char *automatic_without,
                                 EluteDeviceChoice *choice);

/* Bytes of the backend's memory that a run takes on this rank: vectors, ghost rows, coefficients; and, apart, what the
   CUDA backend's line solves keep for themselves. What GMRES takes when the guard calls for it comes on top. */
double EluteDeviceBytes(const EluteModel *model, const EluteMesh *mesh, EluteStepperKind stepper, double *scratch);
/* Does a rank's need fit into its share of a device? If not, the message says what is needed and what there is. */
bool EluteDeviceFits(double needed, size_t free_bytes, int sharers, char *message, size_t length);
/* Fails (system) where it does not. Collective. */
PetscErrorCode EluteDeviceCheck(MPI_Comm comm, const EluteDeviceChoice *choice, double needed);

#endif
