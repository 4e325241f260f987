#include "tensor/ops/linear/linear.room.hpp"

namespace dact::linear_room {
namespace {

using S = InputSpec;

Sample sample(std::string label, Shape x, std::int64_t out, bool bias = true) {
  const std::int64_t in = x.back();
  return {std::move(label),
          {S::uniform(std::move(x)), S::uniform({out, in}).shared(),
           bias ? S::uniform({out}).shared() : S::absent()}};
}

}  // namespace

std::vector<Sample> samples() {
  return {
      sample("matrix", {3, 5}, 4),
      sample("without bias", {2, 7}, 3, false),
      sample("tokens", {2, 3, 5}, 4),
      sample("rank 4", {2, 2, 3, 4}, 5),
      sample("one row", {1, 9}, 2),
      sample("one output", {5, 3}, 1),
      sample("one element", {1, 1}, 1),
      sample("empty batch", {0, 4}, 3),
      sample("empty rows", {2, 0, 4}, 3),
      sample("nothing to sum", {2, 0}, 3),
      sample("large rows", {37, 70}, 65),
      sample("large tokens", {2, 53, 96}, 33),
      sample("large chunks", {2, 1500, 9}, 17),
      sample("large terms", {3, 2, 300}, 130, false),
  };
}

std::vector<BadSample> bad_samples() {
  return {
      {"in differs",
       {S::uniform({2, 3}), S::uniform({4, 5}), S::absent()},
       {},
       ErrorKind::shape,
       {"linear", "[2, 3]", "[4, 5]"}},
      {"scalar x",
       {S::uniform({}), S::uniform({4, 5}), S::absent()},
       {},
       ErrorKind::shape,
       {"linear", "[4, 5]"}},
      {"weight rank",
       {S::uniform({2, 3}), S::uniform({3}), S::absent()},
       {},
       ErrorKind::shape,
       {"linear", "weight", "[3]"}},
      {"bias",
       {S::uniform({2, 3}), S::uniform({4, 3}), S::uniform({3})},
       {},
       ErrorKind::shape,
       {"linear", "bias", "[4]", "[3]"}},
      {"dtype",
       {S::integers({2, 3}, 0, 5), S::uniform({4, 3}), S::absent()},
       {},
       ErrorKind::dtype,
       {"linear", "i64"}},
      {"no weight",
       {S::uniform({2, 3}), S::absent(), S::absent()},
       {},
       ErrorKind::usage,
       {"linear", "none"}},
  };
}

Cost cost(std::span<const Tensor> in, std::span<const Tensor> out, const Attrs&) {
  const double item = static_cast<double>(size_of(in[0].dtype()));
  return {2.0 * static_cast<double>(out[0].numel()) * static_cast<double>(in[1].size(1)),
          item * static_cast<double>(in[0].numel() + in[1].numel() + out[0].numel())};
}

}  // namespace dact::linear_room
