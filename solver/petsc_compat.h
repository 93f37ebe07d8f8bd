/* Differences between the PETSc releases that Elute supports (3.18 and current), with and without CUDA; the only place
   that tests either. */
#ifndef ELUTE_PETSC_COMPAT_H
#define ELUTE_PETSC_COMPAT_H

#include <petscsys.h>
#include <stdbool.h>

#if PETSC_VERSION_LT(3, 18, 0)
#error "Elute needs PETSc 3.18 or later"
#endif
#if PETSC_VERSION_LT(3, 19, 0)
#define PETSC_SUCCESS ((PetscErrorCode)0)
#endif
#if !defined(PETSC_USE_REAL_DOUBLE) || defined(PETSC_USE_COMPLEX)
#error "Elute needs a PETSc built for real double scalars"
#endif

/* What a PetscContainer hands to the function that destroys its content: the content, or since 3.23 the address of the
   pointer to it. */
#if PETSC_VERSION_LT(3, 23, 0)
#define PetscContainerSetCtxDestroy PetscContainerSetUserDestroy
#define ELUTE_CONTAINER_CONTENT(argument) (argument)
#else
#define ELUTE_CONTAINER_CONTENT(argument) (*(void **)(argument))
#endif

/* State vectors can be PETSc's own on the device where PETSc has CUDA, and this program too (ELUTE_CUDA_DEVICE:
   compiled by nvcc; the kernels' emulation has no device that PETSc could use). */
#if defined(PETSC_HAVE_CUDA) && defined(ELUTE_CUDA_DEVICE)
#if PETSC_VERSION_LT(3, 20, 0)
#error "Elute needs PETSc 3.20 or later for vectors on a CUDA device; a PETSc without CUDA may be older"
#endif
#include <petscdevice.h>
#include <petscvec.h>
#define ELUTE_DEVICE_VECTORS 1
#define ELUTE_VEC_DEVICE VECCUDA

/* The stream on which PETSc computes, for kernels that take part in its order, and the number of its device. PETSc's
   own is the legacy default stream, whose handle is 0; CUDA's name for it that is told from "none" is 1
   (cudaStreamLegacy). */
static inline PetscErrorCode ElutePetscStream(void **stream, int *device_number) {
  PetscDeviceContext context;
  PetscDevice device;
  PetscInt number;
  void **handle = NULL;

  PetscCall(PetscDeviceInitialize(PETSC_DEVICE_CUDA));
  PetscCall(PetscDeviceContextGetCurrentContext(&context));
  PetscCall(PetscDeviceContextGetDevice(context, &device));
  PetscCall(PetscDeviceGetDeviceId(device, &number));
  PetscCall(PetscDeviceContextGetStreamHandle(context, (void **)&handle));
  *stream = *handle ? *handle : (void *)1;
  *device_number = (int)number;
  return PETSC_SUCCESS;
}
#else
#define ELUTE_DEVICE_VECTORS 0
#define ELUTE_VEC_DEVICE VECSTANDARD
static inline PetscErrorCode ElutePetscStream(void **stream, int *device_number) {
  *stream = NULL;
  *device_number = -1;
  return PETSC_SUCCESS;
}
#endif

/* Does this MPI take pointers to device memory? Asked at run time, since one build serves machines with and without. */
#if defined(OPEN_MPI) && OPEN_MPI
#include <mpi-ext.h>
#endif
static inline bool EluteMpiTakesDevicePointers(void) {
#if defined(MPIX_CUDA_AWARE_SUPPORT) && MPIX_CUDA_AWARE_SUPPORT
  return MPIX_Query_cuda_support() == 1;
#else
  return false;
#endif
}

#endif
