#!/usr/bin/env bash
# Lists every place that differs on purpose from the authors' code; each must give its reason on its line.
. "$(dirname "$0")/lib.sh"

check() {
  local root=$1 code
  mapfile -t code < <(sources "$root" '*.cpp' '*.hpp' '*.cu' '*.cuh')
  [ ${#code[@]} -gt 0 ] || { echo "$root: there must be sources, got none"; return; }
  (cd "$root"
    grep -HnE '//.*DIFFERS:' "${code[@]}" >&2 || echo "no line differs from the authors' code" >&2
    grep -HnE 'DIFFERS' "${code[@]}" | grep -vE '//.*DIFFERS: [^ ].{9,}' | sed 's/$/   <- must read "\/\/ DIFFERS: reason"/' ||
      true)
}

clean() { write "$1/nn/a.cpp" <<<'// DIFFERS: theirs divides by zero on an empty batch'; }
plant_no_reason() { write "$1/nn/b.cpp" <<<'x = 1;  // DIFFERS:'; }
plant_other_spelling() { write "$1/nn/b.cpp" <<<'// this DIFFERS from the paper'; }

main "$@"
