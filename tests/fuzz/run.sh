#!/bin/sh
# Fuzzes every target (fuzz_NAME.c), two at a time, and prints what it did. Ends with 0 when nothing was found; an input that does
# harm is left in build-fuzz/found, to be mended and kept in tests/fuzz/corpus/NAME.
#   sh tests/fuzz/run.sh [SECONDS] [NAME...]     each target for so long (10)
#   sh tests/fuzz/run.sh --long [NAME...]        each target 200000 times, one after the other, which takes hours
# The inputs that reached something new stay in build-fuzz/work/NAME, from where the next call goes on.
set -eu
cd "$(dirname "$0")/../.."
jobs=2
case ${1:-} in
  --long) limit="-runs=200000"; jobs=1; shift ;;
  [0-9]*) limit="-max_total_time=$1"; shift ;;
  *) limit="-max_total_time=10" ;;
esac
if [ ! -x build/elute ]; then
  echo "The language comes from build/elute: build the preset release first." >&2
  exit 1
fi
cmake --preset fuzz -DELUTE_TESTS=ON >/dev/null
cmake --build --preset fuzz -- --quiet
build/elute schema >build-fuzz/schema.json
build/elute schema --study >build-fuzz/study.json
python3 tests/fuzz/dictionary.py <build-fuzz/schema.json >build-fuzz/case.dict
python3 tests/fuzz/dictionary.py <build-fuzz/study.json >build-fuzz/study.dict

# fuzz NAME: its line of the table; the log is build-fuzz/work/NAME.log
mkdir -p build-fuzz/work build-fuzz/found
cat >build-fuzz/fuzz.sh <<'END'
name=$1
limit=$2
cd build-fuzz
mkdir -p "work/$name" "found/$name"
set -- "work/$name" "../tests/fuzz/corpus/$name"
dictionary=case.dict
longest=4096
case $name in
  case | tree) set -- "$@" ../cases ;;
  catalogue) set -- "$@" ../cases/catalogue; longest=16384 ;;
  study) set -- "$@" ../cases/studies ../cases/bad_studies; dictionary=study.dict ;;
  quantity | formula) longest=200 ;;
esac
status=0
ELUTE_SHARE_DIR=../cases LSAN_OPTIONS="suppressions=../tests/lsan.supp:print_suppressions=0" "./fuzz_$name" -seed=1 "$limit" -max_len=$longest -timeout=300 \
  -report_slow_units=300 -rss_limit_mb=3000 -dict=$dictionary -print_final_stats=1 -artifact_prefix="found/$name/" "$@" >"work/$name.log" 2>&1 || status=$?
awk -v name="$name" -v status=$status '/ cov: / {for (i = 1; i < NF; i++) {if ($i == "cov:") c = $(i + 1); if ($i == "corp:") k = $(i + 1)}}
  /stat::number_of_executed_units/ {n = $2} /stat::average_exec_per_sec/ {s = $2}
  END {sub("/.*", "", k); printf "%-10s %9d executions %6d edges %6d inputs %6d a second%s\n", name, n, c, k, s, status ? "   FOUND something, work/" name ".log" : ""}' "work/$name.log"
exit $status
END
[ $# -gt 0 ] || set -- $(ls tests/fuzz | sed -n 's/^fuzz_\(.*\)\.c$/\1/p')
printf '%s\n' "$@" | xargs -P $jobs -I NAME sh build-fuzz/fuzz.sh NAME "$limit"
