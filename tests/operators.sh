#!/usr/bin/env bash
# operators.sh PROGRAM ROOT: tensor/OPERATORS.md must be what this build prints; the digests in it are the bits that every
# machine must give. --self-test plants a changed digest and a missing row and demands that both are refused.
set -euo pipefail

compare() {  # PROGRAM ROOT
  local fresh
  fresh=$(mktemp)
  "$1" audit --quiet --markdown "$fresh" >/dev/null || { echo "the audit found a fault: run $(basename "$1") audit"; rm -f "$fresh"; return 1; }
  if ! diff "$2/tensor/OPERATORS.md" "$fresh"; then
    rm -f "$fresh"
    echo "tensor/OPERATORS.md is not what this build prints. An operator changed: write it again with"
    echo "  diffusionact audit --markdown tensor/OPERATORS.md"
    echo "The same source on another machine: the bits differ, which the project promises cannot be."
    return 1
  fi
  rm -f "$fresh"
  echo "1 passed, 0 failed"
}

if [ "${1-}" = --self-test ]; then
  tree=$(mktemp -d)
  trap 'rm -rf "$tree"' EXIT
  mkdir -p "$tree/tensor"
  cat >"$tree/program" <<'P'
#!/usr/bin/env bash
printf '| add | `1111` |\n| mul | `2222` |\n' >"$4"
P
  chmod +x "$tree/program"
  "$tree/program" audit --quiet --markdown "$tree/tensor/OPERATORS.md"
  compare "$tree/program" "$tree" >/dev/null || { echo "a right table was refused"; exit 1; }
  sed -i 's/1111/1112/' "$tree/tensor/OPERATORS.md"
  if compare "$tree/program" "$tree" >/dev/null; then echo "a changed digest passed"; exit 1; fi
  printf '| add | `1111` |\n' >"$tree/tensor/OPERATORS.md"
  if compare "$tree/program" "$tree" >/dev/null; then echo "a missing row passed"; exit 1; fi
  echo "1 passed, 0 failed"
  exit 0
fi
compare "$1" "$2"
