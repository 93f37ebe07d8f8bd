#!/bin/sh
# The second command of the README: installs what is missing, builds, and runs every test. Ends with 0 when all passed.
#   sh tests/run.sh             everything
#   sh tests/run.sh quick       the release build alone
# Without a GPU: the CUDA kernels run on the CPU (docs/gpu.md), and the CUDA compiler compiles them.
set -eu
cd "$(dirname "$0")/.."

sh cmake/dependencies.sh tests
jobs=$(nproc 2>/dev/null || echo 2)

failed=""
# run_preset PRESET ctest-arguments...     builds $targets
targets=all
run_preset() {
  preset=$1
  shift
  echo "== $preset: build"
  cmake --preset "$preset" -DELUTE_TESTS=ON >/dev/null
  # shellcheck disable=SC2086  # a list
  cmake --build --preset "$preset" -j "$jobs" --target $targets -- --quiet
  echo "== $preset: tests"
  ctest --preset "$preset" -j "$jobs" "$@" || failed="$failed $preset"
}

run_preset release --label-regex '.*'
if [ "${1:-all}" = all ]; then
  targets=parity_tests
  run_preset parity
  targets=all
  run_preset asan --label-regex '^(unit|parity|parallel)$' --exclude-regex '_(2|4|7)$'
  targets="parity_tests elute_program count_work"
  run_preset emulated --tests-regex '^(parity_.*|regression_cuda.*)$'
  # the scripts of verification that the imitated device takes no more than a minute for (docs/gpu.md)
  ELUTE_BACKEND=cuda ctest --preset emulated -j "$jobs" --tests-regex '^verification_(changes|flow|habits|sizes|convection)$' ||
    failed="$failed emulated-verification"
  targets=parity_tests
  run_preset emulated-asan --label-regex '^parity$'
  echo "== fuzz: build and six seconds of each target (docs/hardening.md)"
  sh tests/fuzz/run.sh 6 || failed="$failed fuzz"
fi

if [ -n "$failed" ]; then
  echo "FAILED:$failed" >&2
  exit 1
fi
echo "All tests passed."
