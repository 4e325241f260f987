# What the structure checks share. A check is a script that sources this file, defines
#   check ROOT BUILD   prints one line per fault it finds in the tree ROOT, built in BUILD; nothing when all is well
#   clean DIR          writes a small tree without fault
#   plant_NAME DIR     puts one fault into such a tree; one function per kind of fault
# and ends with `main "$@"`. Called with ROOT BUILD it fails when check prints anything; called with --self-test it
# fails when the clean tree is refused or a planted fault is not found: a check that has never failed is not a check.
# Only bash, awk, grep, sed and find are used: a fresh machine has no more.
set -euo pipefail
shopt -s inherit_errexit
export LC_ALL=C

readonly kLibraryFolders="tensor autograd nn diffusion io reenact"

# The project's own files of the given -name patterns, relative to ROOT: sources ROOT '*.cpp' '*.hpp'
sources() {
  local root=$1 names=() pattern
  shift
  for pattern in "$@"; do names+=(-o -name "$pattern"); done
  (cd "$root" && find . \( -name .git -o -path ./build -o -path ./out -o -path ./.cache \) -prune \
    -o -type f \( "${names[@]:1}" \) -print | sed 's|^\./||' | sort)
}

# write FILE: stdin into FILE, folders made.
write() {
  mkdir -p "$(dirname "$1")"
  cat >"$1"
}

self_test() {
  local dir plant bad=0 planted=0
  dir=$(mktemp -d)
  trap "rm -rf '$dir'" EXIT
  clean "$dir/clean"
  if [ -n "$(check "$dir/clean" "$dir/clean/build")" ]; then
    echo "self-test: the clean tree must pass, got:"
    check "$dir/clean" "$dir/clean/build"
    bad=1
  fi
  for plant in $(declare -F | awk '{print $3}' | grep '^plant_'); do
    planted=$((planted + 1))
    clean "$dir/$plant"
    "$plant" "$dir/$plant"
    if [ -z "$(check "$dir/$plant" "$dir/$plant/build")" ]; then
      echo "self-test: the fault of $plant must be found, got no complaint"
      bad=1
    fi
  done
  [ "$planted" -gt 0 ] || { echo "self-test: there must be planted faults, got none"; bad=1; }
  [ $bad = 0 ] && echo "self-test: the clean tree passed, $planted planted faults were found"
  return $bad
}

main() {
  if [ "${1-}" = --self-test ]; then
    self_test
    return
  fi
  [ $# = 2 ] || { echo "usage: $0 ROOT BUILD | --self-test" >&2; return 2; }
  local faults
  faults=$(check "$1" "$2")
  [ -z "$faults" ] && return
  printf '%s\n' "$faults"
  return 1
}
