#!/bin/sh
# Prints the path of an nvcc: the one on PATH where it is release 12 or later, otherwise one put into DIRECTORY from the
# package registry (python3-pip, about 100 MB, once). Compiles and links; a GPU is not needed, nor a driver.
#   sh cmake/nvcc.sh DIRECTORY
set -eu
directory=$1
release=13.0

# release_of NVCC: its major release, 0 where it does not run
release_of() {
  "$1" --version 2>/dev/null | sed -n 's/.*release \([0-9]*\)\..*/\1/p' | grep . || echo 0
}

found=$(command -v nvcc || echo "")
if [ -n "$found" ] && [ "$(release_of "$found")" -ge 12 ]; then
  echo "$found"
  exit 0
fi
nvcc=$directory/nvidia/cu13/bin/nvcc
if [ ! -x "$nvcc" ]; then
  rm -rf "$directory"
  mkdir -p "$directory"
  python3=/usr/bin/python3 # Debian's, the one that python3-pip belongs to
  [ -x "$python3" ] || python3=python3
  # One release of all the parts: they do not mix.
  "$python3" -m pip install --quiet --disable-pip-version-check --root-user-action ignore --no-deps --target "$directory" "nvidia-cuda-nvcc==$release.*" "nvidia-cuda-crt==$release.*" \
    "nvidia-nvvm==$release.*" "nvidia-cuda-runtime==$release.*" >&2
  ln -s lib "$directory/nvidia/cu13/lib64"
fi
echo "$nvcc"
