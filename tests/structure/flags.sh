#!/usr/bin/env bash
# Flags that could change bits are on no command line, contraction is off on every one (on cards too), and only the kernels that are
# chosen at run time are compiled for a larger instruction set.
. "$(dirname "$0")/lib.sh"

check() {
  local commands=$2/compile_commands.json
  [ -s "$commands" ] || { echo "$commands: must exist, configure first"; return; }
  awk '
    /"command":/ { command = $0; seen++ }
    /"file":/ {
      file = $0; sub(/^.*"file": *"/, "", file); sub(/".*$/, "", file)
      sub(/^.*\/(build|out)\/[^\/]*\//, "", file)
      n = split(command, word, /[ "]+/)
      off = fmad = 0
      for (i = 1; i <= n; i++) {
        flag = word[i]
        if (flag ~ /^(-ffast-math|-Ofast|--?use_fast_math|-funsafe-math-optimizations|-fassociative-math)$/ ||
            flag ~ /^(-freciprocal-math|-ffinite-math-only|-fno-signed-zeros|-fsingle-precision-constant)$/ ||
            flag ~ /^(-fcx-limited-range|-mrecip.*|-march=native|-mtune=native|-mfpmath=387|-m32)$/ ||
            flag ~ /^-ffp-contract=(fast|on)$/)
          print file ": " flag " may change bits or tie the program to this machine"
        if (flag == "-ffp-contract=off") off = 1
        if (flag == "--fmad=false") fmad = 1
        if (flag ~ /^-m(avx|fma|f16c|sse4)/ && file !~ /\.simd\.cpp$/)
          print file ": " flag " is for *.simd.cpp, others must run on every machine"
      }
      if (file ~ /\.cu$/ && !fmad) print file ": --fmad=false must be given"
      if (!off) print file ": -ffp-contract=off must be given"
    }
    END { if (!seen) print FILENAME ": must hold commands, got none" }' "$commands"
}

command() {
  printf '{\n  "directory": "/x",\n  "command": "/usr/bin/c++ %s -o a.o -c /x/%s",\n  "file": "/x/%s"\n},\n' "$1" "$2" "$2"
}
clean() {
  { command '-O3 -ffp-contract=off' tensor/a.cpp
    command '--fmad=false -Xcompiler -ffp-contract=off' tensor/a.cu
    command '-ffp-contract=off -mavx2 -mfma' tensor/ops/k/k.simd.cpp; } | write "$1/build/compile_commands.json"
}
add() { command "$2" "$3" >>"$1/build/compile_commands.json"; }
plant_fast_math() { add "$1" '-ffp-contract=off -ffast-math' nn/a.cpp; }
plant_ofast() { add "$1" '-Ofast -ffp-contract=off' nn/a.cpp; }
plant_contraction_allowed() { add "$1" '-ffp-contract=off -ffp-contract=fast' nn/a.cpp; }
plant_contraction_unsaid() { add "$1" '-O3' nn/a.cpp; }
plant_native() { add "$1" '-ffp-contract=off -march=native' nn/a.cpp; }
plant_avx_everywhere() { add "$1" '-ffp-contract=off -mavx2' nn/a.cpp; }
plant_device_contraction() { add "$1" '-Xcompiler -ffp-contract=off' tensor/a.cu; }
plant_nothing_built() { : >"$1/build/compile_commands.json"; }

main "$@"
