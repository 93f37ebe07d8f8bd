#!/bin/sh
# On a machine with an NVIDIA GPU: parity tests, verification, three cases and the benchmark, in under eight minutes, into
# gpu-report.json and gpu-report.md. Needs Python 3, and no network.
#   sh tests/gpu/run.sh [PROGRAMS [FOLDER]]
#     PROGRAMS   what tests/gpu/pack.sh made (default: gpu-programs.tar.xz, if it is there), or a build folder (build-cuda)
#     FOLDER     where the reports go (default: here)
# ELUTE_GPU_STAND_IN=1 goes through all of it where there is no GPU: with a build that emulates the device, or else on the CPU.
# The reports then say so, and are no measurement.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
source=$(cd "$here/../.." && pwd)
fail() {
  echo "tests/gpu/run.sh: $*" >&2
  exit 1
}
[ $# -le 2 ] || { sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 2; }

if [ -z "${ELUTE_GPU_STAND_IN:-}" ]; then
  command -v nvidia-smi >/dev/null 2>&1 || fail "there is no nvidia-smi here, so no NVIDIA driver; nothing was run"
  gpus=$(nvidia-smi --list-gpus 2>/dev/null) || gpus=""
  case $gpus in
    *GPU*) ;;
    *) fail "nvidia-smi finds no GPU; nothing was run" ;;
  esac
fi
command -v python3 >/dev/null 2>&1 || fail "python3 is missing"

programs=${1:-}
if [ -z "$programs" ]; then
  programs=$source/build-cuda
  [ ! -f "$source/gpu-programs.tar.xz" ] || programs=$source/gpu-programs.tar.xz
fi
folder=${2:-.}
mkdir -p "$folder" || fail "cannot make $folder"
if [ -f "$programs" ]; then
  unpacked=$(mktemp -d)
  trap 'rm -rf "$unpacked"' EXIT
  tar xf "$programs" -C "$unpacked" || fail "$programs cannot be unpacked"
  bin=$unpacked/bin tests=$unpacked/bin
  LD_LIBRARY_PATH=$unpacked/lib:${CUDA_DIR:-/usr/local/cuda}/lib64${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
  export LD_LIBRARY_PATH
  # Open MPI, told where it is now; no other process takes part.
  export OPAL_PKGLIBDIR="$unpacked/plugins" OPAL_PKGDATADIR="$unpacked/plugins" OMPI_MCA_mca_base_component_path="$unpacked/plugins"
  [ ! -d "$unpacked/units" ] || export UDUNITS2_XML_PATH="$unpacked/units/udunits2.xml"
elif [ -x "$programs/elute" ]; then
  bin=$programs tests=$programs/tests
else
  fail "no programs in $programs: make them with preset cuda (docs/gpu.md), or carry the archive of tests/gpu/pack.sh here"
fi
export OMPI_MCA_ess_singleton_isolated=1 OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMP_NUM_THREADS=1
export ELUTE_SHARE_DIR="$source/cases"
python3 "$here/measure.py" "$bin/elute" "$tests" "$source" "$folder"
