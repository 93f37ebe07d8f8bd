/* Differences between the PETSc releases that Elute supports (3.18 and current); the only place that tests the version. */
#ifndef ELUTE_PETSC_COMPAT_H
#define ELUTE_PETSC_COMPAT_H

#include <petscsys.h>

#if PETSC_VERSION_LT(3, 18, 0)
#error "Elute needs PETSc 3.18 or later"
#endif
#if PETSC_VERSION_LT(3, 19, 0)
#define PETSC_SUCCESS ((PetscErrorCode)0)
#endif
#if !defined(PETSC_USE_REAL_DOUBLE) || defined(PETSC_USE_COMPLEX)
#error "Elute needs a PETSc built for real double scalars"
#endif

#endif
