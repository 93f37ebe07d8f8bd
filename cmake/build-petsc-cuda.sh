#!/bin/sh
# Builds a current PETSc with CUDA against the system's MPI, from the package registry's source, in about a quarter of an hour on
# two cores.
#   sh cmake/build-petsc-cuda.sh PREFIX [ARCHITECTURES]     architectures: 80,90 (default); a comma between, no blank
# In the environment:
#   PETSC_VERSION  another release (default: the one known to work)
#   PETSC_ARCHIVE  petsc-VERSION.tar.gz that is already here, for machines without a network
#   CUDA_DIR       the CUDA toolkit (default: the one of the nvcc in PATH, or /usr/local/cuda)
#   JOBS           compilers at a time (default: number of cores)
# PREFIX appears whole or not at all; a finished one is recognised and left. What the build said is in PREFIX.log.
set -eu

version=${PETSC_VERSION:-3.26.1}
[ $# -ge 1 ] && [ $# -le 2 ] || { sed -n '2,10s/^# \{0,1\}//p' "$0" >&2; exit 2; }
architectures=${2:-80,90}
case $1 in
  /*) prefix=${1%/} ;;
  *) prefix=$PWD/${1%/} ;;
esac
log=$prefix.log
stamp=$prefix/elute-build.txt
recipe="PETSc $version with CUDA for $architectures"

fail() {
  echo "build-petsc-cuda: $*" >&2
  exit 1
}

if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$recipe" ]; then
  echo "$prefix holds $recipe already."
  exit 0
elif [ -f "$stamp" ]; then
  fail "$prefix holds $(cat "$stamp"), not $recipe: remove it or name another prefix"
elif [ -e "$prefix" ] && [ -n "$(ls -A "$prefix")" ]; then
  fail "$prefix is not empty and was not made by this script: name another prefix"
fi

# All that is missing is said at once.
missing=""
need() { # COMMAND WHAT
  command -v "$1" >/dev/null 2>&1 || missing="$missing
  $1: $2"
}
if [ -z "${CUDA_DIR:-}" ]; then
  nvcc=$(command -v nvcc || echo /usr/local/cuda/bin/nvcc)
  CUDA_DIR=$(dirname "$(dirname "$(readlink -f "$nvcc")")")
fi
[ -x "$CUDA_DIR/bin/nvcc" ] || missing="$missing
  nvcc: the CUDA toolkit, 12 or later (CUDA_DIR says where it is; looked in $CUDA_DIR)"
for header in cublas_v2.h cusparse.h cusolverDn.h curand.h; do
  [ ! -x "$CUDA_DIR/bin/nvcc" ] || [ -f "$CUDA_DIR/include/$header" ] || missing="$missing
  $header: the CUDA toolkit's mathematical libraries with their headers, in $CUDA_DIR/include"
done
need mpicc "MPI for C (Debian: libopenmpi-dev)"
need mpicxx "MPI for C++ (Debian: libopenmpi-dev and g++)"
need g++ "a C++ compiler (Debian: g++)"
need make "Debian: make"
need python3 "Debian: python3"
if [ -z "${PETSC_ARCHIVE:-}" ] && ! python3 -m pip --version >/dev/null 2>&1; then
  missing="$missing
  pip: fetches the source (Debian: python3-pip python3-venv; or PETSC_ARCHIVE=petsc-$version.tar.gz)"
fi
if command -v mpicc >/dev/null 2>&1 && ! echo 'int main(void) { return 0; }' | mpicc -x c - -o /dev/null -llapack -lblas 2>/dev/null; then
  missing="$missing
  lapack, blas: Debian: liblapack-dev libblas-dev"
fi
[ -z "$missing" ] || fail "what is missing here:$missing"

# The log and the place to install first go beside the prefix, so that both are on its file system.
mkdir -p "$(dirname "$prefix")" || fail "cannot make $(dirname "$prefix")"
: >"$log" || fail "cannot write $log"
work=$(mktemp -d "${TMPDIR:-/tmp}/petsc-cuda.XXXXXX")
staged=$prefix.partial
finish() {
  code=$?
  [ "$code" -eq 0 ] || { tail -n 20 "$log" >&2; echo "build-petsc-cuda: failed; all of it is in $log" >&2; }
  rm -rf "$work" "$staged"
}
trap finish EXIT
trap 'exit 1' HUP INT TERM

echo "$recipe goes to $prefix; log: $log"
archive=${PETSC_ARCHIVE:-$work/petsc-$version.tar.gz}
if [ -z "${PETSC_ARCHIVE:-}" ]; then
  echo "1/4 source"
  (cd "$work" && python3 -m pip download --no-deps --no-binary petsc "petsc==$version") >>"$log" 2>&1
fi
tar xzf "$archive" -C "$work" >>"$log" 2>&1
cd "$work/petsc-$version"

# PETSC_DIR or PETSC_ARCH of another PETSc, or pip's variables, would be taken for this build's.
unset PETSC_DIR PETSC_ARCH PETSC_CONFIGURE_OPTIONS 2>/dev/null || true
echo "2/4 configure (a minute)"
if ! ./configure PETSC_ARCH=build --prefix="$prefix" --with-cc=mpicc --with-cxx=mpicxx --with-fc=0 --with-debugging=0 \
  --with-shared-libraries=1 --with-cuda=1 --with-cuda-dir="$CUDA_DIR" --with-cuda-arch="$architectures" \
  --with-x=0 --with-ssl=0 --with-hwloc=0 COPTFLAGS=-O2 CXXOPTFLAGS=-O2 CUDAOPTFLAGS=-O2 >>"$log" 2>&1; then
  tail -n 60 configure.log >>"$log" 2>/dev/null || true
  exit 1
fi
echo "3/4 compile (about eleven minutes on two cores)"
make PETSC_DIR="$PWD" PETSC_ARCH=build MAKE_NP="${JOBS:-$(nproc 2>/dev/null || echo 2)}" all >>"$log" 2>&1
echo "4/4 install"
rm -rf "$staged"
make PETSC_DIR="$PWD" PETSC_ARCH=build DESTDIR="$staged" install >>"$log" 2>&1
echo "$recipe" >"$staged$prefix/elute-build.txt"
[ ! -d "$prefix" ] || rmdir "$prefix"
mv "$staged$prefix" "$prefix"
echo "done. Build Elute against it:"
echo "  PETSC_CUDA_DIR=$prefix cmake --preset cuda && cmake --build --preset cuda"
