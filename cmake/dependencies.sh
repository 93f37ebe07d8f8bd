#!/bin/sh
# Makes sure that the Debian packages Elute needs are there. As root, or where sudo asks for nothing or a terminal can answer
# it, what is missing is installed with one apt line; otherwise that line is printed and the exit code is 1.
#   sh cmake/dependencies.sh [run|tests]      run: to build and run (default); tests: also to test
set -eu

packages="cmake ninja-build pkg-config gcc libc6-dev petsc-dev libopenmpi-dev openmpi-bin libyaml-dev libudunits2-dev libmuparser-dev libsqlite3-dev"
if [ "${1:-run}" = tests ]; then
  packages="$packages g++ make clang libclang-rt-dev libcriterion-dev python3 python3-pip python3-numpy python3-yaml python3-jsonschema python3-sympy python3-vtk9 gnuplot-nox"
fi

missing=""
for package in $packages; do
  state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) || state=absent
  # What does the package's work but came another way counts too.
  if [ "$state" != installed ]; then
    case $package in
      cmake) cmake -P /dev/null >/dev/null 2>&1 && cmake --version | awk 'NR == 1 {split($3, v, "."); exit !(v[1] > 3 || v[2] >= 25)}' && continue ;;
      ninja-build) command -v ninja >/dev/null && continue ;;
      pkg-config) command -v pkg-config >/dev/null && continue ;;
      gcc | g++) command -v "$package" >/dev/null && continue ;;
      gnuplot-nox) command -v gnuplot >/dev/null && continue ;;
      python3-pip) command -v nvcc >/dev/null && continue ;; # it fetches the CUDA compiler
      petsc-dev) command -v pkg-config >/dev/null && pkg-config --exists 'petsc >= 3.18' && continue ;;
    esac
    missing="$missing $package"
  fi
done
[ -n "$missing" ] || exit 0

line="apt-get install -y --no-install-recommends$missing"
if ! command -v apt-get >/dev/null; then
  echo "Elute needs these Debian packages, or what they stand for here:$missing" >&2
  exit 1
fi
if [ "$(id -u)" -eq 0 ]; then
  as_root=""
elif command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
  as_root="sudo"
else
  echo "Some packages are missing. As root, run this once and start again:" >&2
  echo "  apt-get update && $line" >&2
  exit 1
fi
echo "Installing what is missing:$missing"
export DEBIAN_FRONTEND=noninteractive
# Fresh lists first; a machine without a network may still have the packages in its cache.
$as_root apt-get update -q || echo "The package lists could not be refreshed; going on with those at hand." >&2
# shellcheck disable=SC2086  # the line is meant to split
if ! $as_root $line; then
  echo "The packages could not be installed. As root, run this once and start again:" >&2
  echo "  apt-get update && $line" >&2
  exit 1
fi
