#!/bin/sh
# Packs what tests/gpu/run.sh needs where there is neither a network nor Debian's packages: the program and the parity tests of
# a build (preset cuda, against PETSc with CUDA), with PETSc, MPI and every other library but the C library's and CUDA's.
#   sh tests/gpu/pack.sh [BUILD [ARCHIVE]]       default: build-cuda gpu-programs.tar.xz
set -eu
cd "$(dirname "$0")/../.."
build=${1:-build-cuda}
archive=${2:-gpu-programs.tar.xz}
limit=$((64 * 1024 * 1024))
[ -x "$build/elute" ] || { echo "pack: no program in $build: build it first (docs/gpu.md)" >&2; exit 1; }
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
mkdir "$stage/bin" "$stage/lib" "$stage/plugins"

cp "$build/elute" "$stage/bin/"
for test in "$build"/tests/parity_*; do
  [ ! -x "$test" ] || cp "$test" "$stage/bin/"
done
# Open MPI's plugins, those of one node, and its messages; run.sh tells it where they are now.
if ldd "$build/elute" | grep -q 'libmpi\.so' && command -v ompi_info >/dev/null 2>&1; then
  plugins=$(ompi_info --path pkglibdir --parsable | sed 's/^path:pkglibdir://')
  for plugin in "$plugins"/mca_*.so; do
    case $plugin in
      *_ucx.so | *_ofi.so | *_psm*.so | *_verbs.so | *openib* | *usnic* | *portals* | *memheap* | *spml* | *scoll* | *sshmem*) ;;
      *) [ ! -f "$plugin" ] || cp "$plugin" "$stage/plugins/" ;;
    esac
  done
  [ -n "$(ls "$stage/plugins")" ] || { echo "pack: Open MPI has no plugins in $plugins" >&2; exit 1; }
  cp "$(ompi_info --path pkgdatadir --parsable | sed 's/^path:pkgdatadir://')"/help-*.txt "$stage/plugins/" || true
fi
for file in "$stage"/bin/* "$stage"/plugins/*.so; do
  [ ! -f "$file" ] || ldd "$file" | awk '$3 ~ /^\// {print $3}'
done | sort -u | grep -vE '/(libc|libm|libdl|libpthread|librt|libresolv|libutil|libanl)\.so|/lib(cuda|cudart|cublas|cublasLt|cusparse|cusolver|curand|cufft|nvJitLink|nvrtc)[.-]' |
  while read -r library; do cp -L "$library" "$stage/lib/"; done
units=/usr/share/xml/udunits
[ ! -d "$units" ] || cp -r "$units" "$stage/units"
find "$stage/bin" "$stage/lib" -type f -exec strip --strip-unneeded {} + 2>/dev/null || true
XZ_OPT=-T0 tar cJf "$archive" -C "$stage" .
size=$(wc -c <"$archive")
echo "$archive: $size bytes"
[ "$size" -le "$limit" ] || { echo "pack: more than $limit bytes" >&2; exit 1; }
