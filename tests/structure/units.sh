#!/usr/bin/env bash
# At most 250 translation units, so that a clean build stays a matter of minutes.
. "$(dirname "$0")/lib.sh"

readonly kMost=250

check() {
  local commands=$2/compile_commands.json count
  count=$(grep -c '"file":' "$commands" 2>/dev/null || true)
  [ "${count:-0}" -gt 0 ] || { echo "$commands: must hold translation units, got none"; return; }
  [ "$count" -le $kMost ] || echo "$commands: at most $kMost translation units, got $count (group small files: dact_unity)"
}

clean() { printf '"file": "a.cpp"\n' | write "$1/build/compile_commands.json"; }
plant_too_many() {
  awk 'BEGIN { for (i = 0; i <= 250; i++) printf "\"file\": \"a%d.cpp\"\n", i }' | write "$1/build/compile_commands.json"
}
plant_none() { : >"$1/build/compile_commands.json"; }

main "$@"
