#!/usr/bin/env bash
# Calls that could end the process, change bits between runs or machines, or hide an order. Comments are not read.
. "$(dirname "$0")/lib.sh"

readonly kKillers='(^|[^A-Za-z0-9_:.>])(std::)?(abort|exit|_exit|_Exit|quick_exit|terminate|assert)[[:space:]]*\('
readonly kUnstable='atomicAdd|random_device|std::[a-z_]+_distribution|std::mt19937|std::atomic<(float|double)>|(^|[^A-Za-z0-9_:])s?rand\(\)'
readonly kPragmas='#pragma (omp|GCC optimize|STDC FP_CONTRACT)|__attribute__\(\(optimize'
readonly kMaths='exp|exp2|expm1|log|log2|log10|log1p|pow|sin|cos|tan|asin|acos|atan|atan2|sinh|cosh|tanh|erf|erfc|hypot|cbrt|tgamma|lgamma|fmod'

# "file:line<TAB>code" of the given files, without line comments.
code_of() { [ $# = 0 ] || (cd "$root" && awk '{ sub(/\/\/.*$/, ""); print FILENAME ":" FNR "\t" $0 }' "$@"); }

# find_in PATTERN WHY: the lines of stdin whose code fits.
find_in() { grep -E "$1" | sed "s|\$|   <- $2|" || true; }

check() {
  local root=$1 all library kernels tests text
  mapfile -t all < <(sources "$root" '*.cpp' '*.hpp' '*.cu' '*.cuh')
  mapfile -t library < <(printf '%s\n' "${all[@]}" | grep -E "^(${kLibraryFolders// /|})/" || true)
  mapfile -t kernels < <(printf '%s\n' "${library[@]}" | grep -E '\.simd\.cpp$|(^|/)math[a-z_]*\.hpp$|\.cu$' || true)
  mapfile -t tests < <(printf '%s\n' "${all[@]}" | grep '^tests/' || true)
  [ ${#library[@]} -gt 0 ] || { echo "$root: there must be library code, got none"; return; }
  text=$(code_of "${library[@]}")
  find_in "$kKillers" "errors are exceptions, nothing ends the process" <<<"$text"
  find_in "$kUnstable" "not the same on every run or machine" <<<"$text"
  find_in "$kPragmas" "arithmetic flags are set in cmake/dact.cmake only" <<<"$text"
  find_in "(^|[^A-Za-z0-9_:])(std::|::)?($kMaths)f[[:space:]]*\\(" "f32 code uses tensor/math.hpp, not libm" <<<"$text"
  code_of "${kernels[@]}" | find_in "(std|__builtin_)(::)?($kMaths)[[:space:]]*\\(" \
    "f32 kernels use tensor/math.hpp, not libm"
  code_of "${tests[@]}" | grep -v 'string([a-z_]*\.what()' |
    find_in '(MESSAGE|INFO|CAPTURE|FAIL|FAIL_CHECK)\((.*[ (,])?[a-z_]+\.what\(\)' \
      "doctest prints the pointer: wrap it in std::string"
}

clean() {
  write "$1/tensor/a.cpp" <<'CODE'
// abort() and std::exp(x) in a comment are fine
double f(double x) { return std::exp(x); }
static_assert(sizeof(float) == 4);
void g(Pool& pool) { pool.exit(); }
CODE
  write "$1/tests/nn/a_test.cpp" <<<'MESSAGE("it said ", std::string(e.what()));'
  write "$1/tensor/ops/k/k.simd.cpp" <<<'float k(float x) { return exp(x) + __builtin_fmaf(x, x, x); }'
}
plant_abort() { write "$1/nn/a.cpp" <<<'void f() { std::abort(); }'; }
plant_assert() { write "$1/nn/a.cpp" <<<'  assert(x > 0);'; }
plant_exit() { write "$1/io/a.cpp" <<<'  if (bad) exit(1);'; }
plant_random_device() { write "$1/nn/a.cpp" <<<'std::random_device seed;'; }
plant_distribution() { write "$1/nn/a.hpp" <<<'std::normal_distribution<float> n;'; }
plant_atomic_add() { write "$1/tensor/a.cu" <<<'atomicAdd(&out[i], x);'; }
plant_libm_in_kernel() { write "$1/tensor/ops/k/k.simd.cpp" <<<'float k(float x) { return std::exp(x); }'; }
plant_libm_f32() { write "$1/tensor/ops/k/k.cpu.cpp" <<<'float k(float x) { return expf(x); }'; }
plant_pointer_in_message() { write "$1/tests/nn/a_test.cpp" <<<'MESSAGE("it said ", e.what());'; }
plant_pragma() { write "$1/nn/a.cpp" <<<'#pragma GCC optimize("fast-math")'; }

main "$@"
