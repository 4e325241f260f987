#!/usr/bin/env bash
# Who may include whom: the arrows of the house, and which packages may be seen where.
. "$(dirname "$0")/lib.sh"

# folder: the folders it may include, itself among them
arrows() {
  cat <<'TABLE'
tensor tensor
autograd autograd tensor
nn nn autograd tensor
io io tensor
diffusion diffusion nn autograd tensor
reenact reenact diffusion nn autograd tensor io
TABLE
}

check() {
  local root=$1
  local code
  mapfile -t code < <(sources "$root" '*.cpp' '*.hpp' '*.h' '*.cu' '*.cuh')
  [ ${#code[@]} -gt 0 ] || { echo "$root: there must be sources, got none"; return; }
  printf '%s\n' "${code[@]}" | awk -F/ '
    NF > 1 && $1 !~ /^(tensor|autograd|nn|diffusion|io|reenact|tests|bench)$/ {
      print $0 ": code lives in tensor autograd nn diffusion io reenact tests bench, got the folder " $1 }'
  (cd "$root" && grep -HnE '^[[:space:]]*#[[:space:]]*include' "${code[@]}" || true) |
    awk -v table="$(arrows)" '
      BEGIN {
        rows = split(table, row, "\n")
        for (r = 1; r <= rows; r++) { n = split(row[r], w, " "); for (i = 2; i <= n; i++) may[w[1], w[i]] = 1 }
      }
      {
        split($0, part, ":"); file = part[1]; line = part[2]
        split(file, path, "/"); folder = path[1]
        header = file ~ /\.hpp$/; cli = file ~ /^reenact\/cli\//
        name = $0; sub(/^[^"<]*["<]/, "", name); sub(/[">].*$/, "", name)
        split(name, to, "/"); target = to[1]
        where = file ":" line ": "
        if (name ~ /^\.\.?\//) print where "includes start at the repository, got " name
        if (folder ~ /^(tests|bench)$/) next
        if (target ~ /^(tests|bench)$/) print where "nothing includes " target ", got " name
        else if (target ~ /^(tensor|autograd|nn|diffusion|io|reenact)$/ && !((folder, target) in may))
          print where folder " may not include " target ", got " name
        if (target == "Eigen" && folder != "reenact") print where "Eigen is for reenact, got " name
        if (target ~ /^(CLI|nlohmann)$/ && !cli && folder != "io")
          print where "CLI11 and nlohmann-json are for reenact/cli and io, got " name
        if (header && !cli && name ~ /^(functional|iostream|fmt\/|Eigen\/|cuda)/)
          print where "headers stay light: not in a .hpp, got " name
      }'
}

clean() {
  write "$1/tensor/shape.hpp" <<<'#include <cstdint>'
  write "$1/nn/linear.cpp" <<<'#include "autograd/var.hpp"'
  write "$1/tests/nn/linear_test.cpp" <<<'#include "nn/linear.hpp"'
}
plant_upward() { write "$1/tensor/bad.cpp" <<<'#include "autograd/var.hpp"'; }
plant_sideways() { write "$1/diffusion/bad.hpp" <<<'#include "io/image.hpp"'; }
plant_io_knows_models() { write "$1/io/bad.cpp" <<<'#  include "nn/module.hpp"'; }
plant_library_uses_tests() { write "$1/nn/bad.cpp" <<<'#include "tests/support/golden.hpp"'; }
plant_dots() { write "$1/nn/bad.cpp" <<<'#include "../tensor/shape.hpp"'; }
plant_heavy_header() { write "$1/nn/bad.hpp" <<<'#include <functional>'; }
plant_eigen_below() { write "$1/tensor/bad.cpp" <<<'#include <Eigen/Dense>'; }
plant_json_below() { write "$1/nn/bad.cpp" <<<'#include <nlohmann/json.hpp>'; }
plant_new_folder() { write "$1/utils/bad.hpp" <<<'#include <cstdint>'; }

main "$@"
