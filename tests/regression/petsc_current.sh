#!/bin/sh
# Compiles all of solver/ and meshes/ against the headers of the PETSc release that cmake/build-petsc-cuda.sh builds, without
# and with CUDA, warnings being errors. Debian's PETSc is years older: this keeps the code good for both.
#
# It runs where there is nothing but Debian and the package registry: the release's source is configured (a minute), and never
# compiled. Configuring with CUDA would need the whole toolkit. So it is configured without, and for the second pass the
# configuration's header is copied with the macros added that a build with CUDA has in it. That is honest as long as our sources
# include no header of the toolkit, directly or through PETSc's: where one did, this would fail for want of it.
#   petsc_current.sh WORK_FOLDER        exit code 77: skipped, the registry cannot be reached
set -eu
source=$(cd "$(dirname "$0")/../.." && pwd)
version=$(sed -n 's/^version=${PETSC_VERSION:-\(.*\)}$/\1/p' "$source/cmake/build-petsc-cuda.sh")
[ -n "$version" ] || { echo "no version found in cmake/build-petsc-cuda.sh" >&2; exit 1; }
mkdir -p "$1"
cd "$1"
petsc=$PWD/petsc-$version

if [ ! -e "$petsc/configured" ]; then
  rm -rf "$petsc"
  if [ ! -e "petsc-$version.tar.gz" ] &&
     ! python3 -m pip download --quiet --no-deps --no-binary petsc "petsc==$version" >pip.log 2>&1; then
    cat pip.log
    # Only a registry that cannot be reached is an excuse.
    if grep -qiE 'connection|timed out|name resolution|network is unreachable|retries exceeded' pip.log; then
      echo "SKIPPED: NO NETWORK. PETSc $version could not be fetched, so nothing was compared with its headers."
      exit 77
    fi
    exit 1
  fi
  tar xzf "petsc-$version.tar.gz"
  (cd "$petsc" && env -u PETSC_DIR ./configure PETSC_ARCH=headers --with-cc=mpicc --with-cxx=0 --with-fc=0 --with-x=0 \
    --with-ssl=0 --with-hwloc=0 --with-shared-libraries=0 --with-debugging=0) >configure.log 2>&1 || { tail -n 40 configure.log; exit 1; }
  mkdir -p "$petsc/with-cuda"
  { cat "$petsc/headers/include/petscconf.h"
    printf '#define PETSC_HAVE_CUDA 1\n#define PETSC_HAVE_CUPM 1\n#define PETSC_HAVE_DEVICE 1\n'; } >"$petsc/with-cuda/petscconf.h"
  touch "$petsc/configured"
fi

flags="-std=c11 -D_GNU_SOURCE -Wall -Wextra -Wpedantic -Werror -DELUTE_SHARE_DIR=\"\" $(mpicc --showme:compile 2>/dev/null || true)"
flags="$flags $(pkg-config --cflags yaml-0.1 udunits muparser sqlite3) -I$petsc/include -I$petsc/headers/include"
# compile WHAT FLAGS...: every file; all that is wrong is shown.
compile() {
  echo "PETSc $version, $1"
  shift
  # shellcheck disable=SC2016,SC2086  # the inner shell takes the files; flags split
  find "$source/solver" "$source/meshes" -name '*.c' -print0 |
    xargs -0 -n 8 -P "$(nproc 2>/dev/null || echo 2)" sh -c 'flags=$1; shift; code=0
      for file; do ${CC:-mpicc} $flags -O1 -c -o /dev/null "$file" || code=1; done; exit $code' sh "$* $flags"
}
compile "without CUDA"
compile "with CUDA" -DELUTE_CUDA_DEVICE -I"$petsc/with-cuda"
echo "All of solver/ and meshes/ compiles against PETSc $version, without and with CUDA."
