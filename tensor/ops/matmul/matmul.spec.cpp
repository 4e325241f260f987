#include "tensor/ops/matmul/matmul.room.hpp"

namespace dact::matmul_room {
namespace {

using S = InputSpec;

Attrs attrs(bool ta, bool tb) { return {{"transpose_a", ta}, {"transpose_b", tb}}; }

/// Both operands carry the batch in axis 0.
Sample batched(std::string label, Shape a, Shape b, bool ta = false, bool tb = false) {
  return {std::move(label), {S::uniform(std::move(a)), S::uniform(std::move(b))}, attrs(ta, tb)};
}
/// Only a does.
Sample rows(std::string label, Shape a, Shape b, bool tb = false) {
  return {std::move(label),
          {S::uniform(std::move(a)), S::uniform(std::move(b)).shared()},
          attrs(false, tb)};
}
/// Neither: axis 0 is summed over, or belongs to the result's last axis.
Sample shared(std::string label, Shape a, Shape b, bool ta, bool tb) {
  return {std::move(label),
          {S::uniform(std::move(a)).shared(), S::uniform(std::move(b)).shared()},
          attrs(ta, tb)};
}

}  // namespace

std::vector<Sample> samples() {
  return {
      rows("matrices", {3, 4}, {4, 5}),
      shared("a transposed", {4, 3}, {4, 5}, true, false),
      rows("b transposed", {3, 4}, {5, 4}, true),
      shared("both transposed", {4, 3}, {5, 4}, true, true),
      batched("batches", {2, 3, 4}, {2, 4, 2}),
      batched("batches, both transposed", {2, 4, 3}, {2, 2, 4}, true, true),
      rows("b broadcast", {3, 2, 4}, {4, 3}),
      shared("a broadcast", {2, 4}, {3, 4, 2}, false, false),
      batched("two batch axes", {2, 1, 2, 3}, {2, 3, 3, 2}),
      rows("one element", {1, 1}, {1, 1}),
      rows("a vector", {1, 7}, {7, 3}),
      rows("empty rows", {0, 3}, {3, 2}),
      rows("nothing to sum", {2, 0}, {0, 3}),
      rows("large", {65, 70}, {70, 97}),
      batched("large batches", {3, 33, 40}, {3, 50, 40}, false, true),
      rows("large apart", {70, 1024}, {1024, 33}),
      shared("large transposed", {300, 37}, {300, 130}, true, false),
  };
}

std::vector<BadSample> bad_samples() {
  return {
      {"inner sizes",
       {S::uniform({2, 3}), S::uniform({4, 5})},
       attrs(false, false),
       ErrorKind::shape,
       {"matmul", "[2, 3]", "[4, 5]"}},
      {"inner sizes, transposed",
       {S::uniform({2, 3}), S::uniform({3, 5})},
       attrs(false, true),
       ErrorKind::shape,
       {"matmul", "[3, 5]", "transposed"}},
      {"rank",
       {S::uniform({3}), S::uniform({3, 5})},
       attrs(false, false),
       ErrorKind::shape,
       {"matmul", "rank 2", "[3]"}},
      {"batches",
       {S::uniform({2, 3, 4}), S::uniform({3, 4, 5})},
       attrs(false, false),
       ErrorKind::shape,
       {"matmul", "[2]", "[3]"}},
      {"dtype",
       {S::integers({2, 3}, 0, 5), S::uniform({3, 5})},
       attrs(false, false),
       ErrorKind::dtype,
       {"matmul", "i64"}},
      {"no b",
       {S::uniform({2, 3}), S::absent()},
       attrs(false, false),
       ErrorKind::usage,
       {"matmul", "none"}},
  };
}

Cost cost(std::span<const Tensor> in, std::span<const Tensor> out, const Attrs& a) {
  const double item = static_cast<double>(size_of(in[0].dtype()));
  const std::int64_t k = in[0].size(a.flag("transpose_a") ? -2 : -1);
  return {2.0 * static_cast<double>(out[0].numel()) * static_cast<double>(k),
          item * static_cast<double>(in[0].numel() + in[1].numel() + out[0].numel())};
}

}  // namespace dact::matmul_room
