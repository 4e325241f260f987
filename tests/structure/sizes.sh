#!/usr/bin/env bash
# Report, never a fault: the ten longest files and functions of the library. Functions are found by the layout that
# clang-format gives them: they begin and end at the left margin.
. "$(dirname "$0")/lib.sh"

functions() {
  awk '
    FNR == 1 { start = 0 }
    /^[A-Za-z_].*[({]/ && !/^(namespace|struct|class|enum|union|extern|using|typedef|template|constexpr|static const)/ {
      if (!start) { start = FNR; name = $0 }
    }
    start && /[;}]$/ && FNR == start { start = 0 }
    /^}/ && start { print FNR - start + 1 "\t" FILENAME ":" start "\t" substr(name, 1, 70); start = 0 }' "$@"
}

report() {
  local root=$1 code
  mapfile -t code < <(sources "$root" '*.cpp' '*.hpp' '*.cu' | grep -E "^(${kLibraryFolders// /|})/")
  cd "$root"
  echo "longest files (aim: 300 lines)"
  awk '{ n[FILENAME]++ } END { for (f in n) print n[f] "\t" f }' "${code[@]}" | sort -rn | sed -n '1,10p'
  echo "longest functions (aim: 40 lines, kernels 60)"
  functions "${code[@]}" | sort -rn | sed -n '1,10p'
}

# The report must name a long function and its length.
if [ "${1-}" = --self-test ]; then
  dir=$(mktemp -d)
  trap 'rm -rf "$dir"' EXIT
  { echo 'namespace dact {'
    echo 'int long_one(int x) {'
    for i in $(seq 70); do echo "  x += $i;"; done
    printf '  return x;\n}\n'
    echo '}  // namespace dact'; } | write "$dir/nn/a.cpp"
  text=$(report "$dir")
  grep -q $'^73\tnn/a.cpp:2\tint long_one' <<<"$text" || { echo "self-test: long_one must be reported"; exit 1; }
  grep -q $'^75\tnn/a.cpp$' <<<"$text" || { echo "self-test: nn/a.cpp must be reported"; exit 1; }
  exit 0
fi
report "$1"
