#!/bin/bash -eu
# Builds the fuzz targets in the form that OSS-Fuzz expects: NAME_fuzzer, NAME_fuzzer_seed_corpus.zip and NAME_fuzzer.dict in
# $OUT; of the NAMEs that are given, or of all. The environment has CC, CXX, CFLAGS, CXXFLAGS, LIB_FUZZING_ENGINE, OUT and perhaps WORK; docs/fuzzing.md has an example.
cd "$(dirname "$0")/../../.."
build=${WORK:-$PWD/build}/oss-fuzz

# No sanitizer of ours: those of the engine are in CXXFLAGS.
cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Fuzz -DROOTLAYER_TESTS=ON -DROOTLAYER_FUZZING_ENGINE="$LIB_FUZZING_ENGINE"
if [ $# = 0 ]; then
  for seeds in "$build"/tests/fuzz/*.seeds; do set -- "$@" "$(basename "$seeds" .seeds)"; done
fi
cmake --build "$build" --target "${@/%/_fuzzer}"

mkdir -p "$OUT"
for name in "$@"; do
  seeds=$build/tests/fuzz/$name.seeds
  cp "$build/tests/fuzz/${name}_fuzzer" "$OUT/"
  if [ -e "tests/fuzz/$name.dict" ]; then cp "tests/fuzz/$name.dict" "$OUT/${name}_fuzzer.dict"; fi
  IFS=';' read -ra from <"$seeds"
  rm -f "$OUT/${name}_fuzzer_seed_corpus.zip"
  # Flat, as the engines read it.
  mapfile -t files < <(find "${from[@]}" -type f | sort)
  python3 - "$OUT/${name}_fuzzer_seed_corpus.zip" "${files[@]}" <<'PYTHON'
import pathlib, sys, zipfile
with zipfile.ZipFile(sys.argv[1], 'w') as archive:
    for number, file in enumerate(map(pathlib.Path, sys.argv[2:])):
        archive.write(file, f'{number:03}-{file.name}')
PYTHON
done
