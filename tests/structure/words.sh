#!/usr/bin/env bash
# No path of somebody's machine, no left-over mark, no word that tells of how the files were made.
. "$(dirname "$0")/lib.sh"

# Patterns are spelt with brackets so that this file does not find itself.
readonly kPaths='(^|[^A-Za-z0-9_.])/([w]ork|[f]arm|[h]ome|[r]oot|[U]sers)/[A-Za-z.]'
readonly kMarks='[T]ODO|[F]IXME|\b[X]XX\b|[H]ACK\b|not [i]mplemented|[p]laceholder'
readonly kWords='[s]ubagent|[A]I assistant|[t]his session|[l]anguage model'

check() {
  local root=$1 text
  mapfile -t text < <(sources "$root" '*.cpp' '*.hpp' '*.cu' '*.cuh' '*.md' '*.txt' '*.cmake' '*.in' '*.sh' '*.json' \
    '*.yml' dev run)
  [ ${#text[@]} -gt 0 ] || { echo "$root: there must be files, got none"; return; }
  (cd "$root"
    grep -HnIE "$kPaths" "${text[@]}" | sed 's/$/   <- a path of one machine/' || true
    grep -HnIE "$kMarks" "${text[@]}" | sed 's/$/   <- a left-over mark/' || true
    grep -HnIiE "$kWords" "${text[@]}" | sed 's/$/   <- a word that does not belong here/' || true)
}

clean() { write "$1/tensor/a.cpp" <<<'// see /usr/include and tensor/work/table.hpp'; }
plant_path() { write "$1/nn/a.cpp" <<<'open("/'home'/someone/weights.bin")'; }
plant_mark() { write "$1/nn/a.cpp" <<<'// 'TO'DO: the other half'; }
plant_word() { write "$1/README.md" <<<'made by a sub'agent; }

main "$@"
