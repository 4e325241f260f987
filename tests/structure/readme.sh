#!/usr/bin/env bash
# What the documents promise is there: relative links lead to files, `./dev ...` in fenced blocks names a subcommand.
. "$(dirname "$0")/lib.sh"

# "file<TAB>target" for every relative link [text](target) outside fenced blocks
links() {
  awk '/^```/ { fenced = !fenced; next } fenced { next } {
    rest = $0; gsub(/`[^`]*`/, "", rest)
    while (match(rest, /\]\([^) ]+\)/)) {
      print FILENAME "\t" substr(rest, RSTART + 2, RLENGTH - 3)
      rest = substr(rest, RSTART + RLENGTH)
    }
  }' "$@" | grep -vE $'\t(https?:|mailto:|#)' || true
}

# "file<TAB>subcommand" for every `./dev word` in a fenced block
commands() {
  awk '/^```/ { fenced = !fenced; next } fenced && /^ *(\$ )?\.\/dev( |$)/ {
    line = $0; sub(/^ *(\$ )?\.\/dev */, "", line); sub(/[ #].*$/, "", line)
    print FILENAME "\t" (line == "" ? "help" : line)
  }' "$@"
}

check() {
  local root=$1 pages page target known
  mapfile -t pages < <(sources "$root" '*.md')
  [ ${#pages[@]} -gt 0 ] || { echo "$root: there must be a README.md, got none"; return; }
  known=" $(bash "$root/dev" commands | tr '\n' ' ') "
  cd "$root"
  links "${pages[@]}" | while IFS=$'\t' read -r page target; do
    target=${target%%#*}
    [ -e "$(dirname "$page")/$target" ] || echo "$page: links must lead to files, got $target"
  done
  commands "${pages[@]}" | while IFS=$'\t' read -r page target; do
    [[ $known == *" $target "* ]] || echo "$page: ./dev has${known}got ./dev $target"
  done
}

clean() {
  write "$1/dev" <<<'echo test; echo help'
  write "$1/nn/README.md" <<<'see [the tape](../autograd/README.md#tape) and [paper](https://example.org)'
  printf 'text\n```\n./dev test\n```\n' | write "$1/autograd/README.md"
}
plant_dead_link() { write "$1/README.md" <<<'read [this](nn/absent.md) first'; }
plant_no_such_command() { printf '```\n./dev bake  # a cake\n```\n' | write "$1/README.md"; }

main "$@"
