#!/bin/sh
# The first command of the README: installs what is missing, builds, and runs a liposome and a dendrimer in a patchy tumour.
#   sh cases/demo.sh [options of `elute run`]        the results go to results/liposome_dendrimer/
set -eu
cd "$(dirname "$0")/.."

sh cmake/dependencies.sh run
echo "Building Elute in build/ ..."
log=build-demo.log
if ! { cmake --preset release -DELUTE_TESTS=OFF && cmake --build --preset release; } >"$log" 2>&1; then
  tail -n 60 "$log" >&2
  echo "The build failed; the whole of its output is in $PWD/$log" >&2
  exit 1
fi
rm -f "$log"

status=0
./build/elute run cases/liposome_dendrimer.yaml --output results/liposome_dendrimer --force "$@" || status=$?
[ "$status" -eq 0 ] || exit "$status"

cat <<END

Done. In ParaView (5.9 or later) open
  $PWD/results/liposome_dendrimer/fields.vtk.series      concentrations and tissues at every output time
and press Apply; a Clip through the middle, coloured by one of the concentrations, shows the depot spreading.
Tables beside it: ledger.csv (where every mole went), probes.csv (along a ray), run.json (what was run, and how).
END
