#!/usr/bin/env bash
# run.sh BUILD: installs BUILD, moves the tree, looks for paths of this machine in it, builds the project beside this
# script against it and runs it.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=$(cd "$1" && pwd)
source=$(cd "$here/../.." && pwd)
temp=$(mktemp -d)
trap 'rm -rf "$temp"' EXIT

cmake --install "$build" --prefix "$temp/first" >"$temp/log"
mv "$temp/first" "$temp/moved"
if grep -rlF -e "$source" -e "$temp/first" "$temp/moved"; then
  echo "consumer: the installed files above hold a path of this machine" >&2
  exit 1
fi
cmake -S "$here" -B "$temp/build" -G Ninja -D CMAKE_BUILD_TYPE=Release -D CMAKE_PREFIX_PATH="$temp/moved"
cmake --build "$temp/build"
"$temp/build/consumer"
if [ -x "$temp/moved/bin/diffusionact" ]; then "$temp/moved/bin/diffusionact" --version; fi
