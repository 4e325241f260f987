#include <limits>

#include "tensor/ops/attention/attention.room.hpp"

namespace dact::attention_room {
namespace {

using S = InputSpec;

/// q [B, heads, T, D], k [B, heads, S, D], v [B, heads, S, E]
Sample sample(std::string label, Shape q, std::int64_t keys, std::int64_t value_width,
              S mask = S::absent(), double scale = 0) {
  const Shape k{q[0], q[1], keys, q[3]}, v{q[0], q[1], keys, value_width};
  return {std::move(label),
          {S::uniform(q, -2, 2), S::uniform(k, -2, 2), S::uniform(v), std::move(mask)},
          {{"scale", scale}}};
}

}  // namespace

std::vector<Sample> samples() {
  const double shut = -std::numeric_limits<double>::infinity();
  return {
      sample("one head", {2, 1, 3, 4}, 3, 4),
      sample("heads", {1, 3, 2, 3}, 2, 3),
      sample("cross", {2, 2, 2, 3}, 5, 4),
      sample("given scale", {1, 2, 3, 2}, 4, 2, S::absent(), 0.25),
      sample("one key", {2, 1, 3, 2}, 1, 5),
      sample("one element", {1, 1, 1, 1}, 1, 1),
      sample("mask", {2, 2, 3, 2}, 4, 3, S::uniform({2, 1, 3, 4}).fixed()),
      sample("shared mask", {2, 2, 3, 2}, 3, 3, S::uniform({1, 1, 1, 3}).fixed().shared()),
      sample("causal", {1, 2, 3, 4}, 3, 2,
             S::of({1, 1, 3, 3}, {0, shut, shut, 0, 0, shut, 0, 0, 0}).fixed().shared()),
      sample("empty batch", {0, 2, 3, 4}, 3, 4),
      sample("no queries", {2, 1, 0, 4}, 3, 4),
      sample("large", {2, 2, 37, 24}, 53, 40),
      sample("large tokens", {1, 1, 130, 64}, 130, 64),
      sample("large many keys", {1, 2, 5, 8}, 2051, 8, S::uniform({1, 2, 1, 2051}).fixed()),
  };
}

std::vector<BadSample> bad_samples() {
  const Attrs attrs{{"scale", 0.0}};
  const auto bad = [&](std::string label, Shape q, Shape k, Shape v, S mask,
                       std::vector<std::string> needles) -> BadSample {
    return {std::move(label),
            {S::uniform(q), S::uniform(k), S::uniform(v), std::move(mask)},
            attrs,
            ErrorKind::shape,
            std::move(needles)};
  };
  return {
      bad("rank", {2, 3, 4}, {2, 1, 3, 4}, {2, 1, 3, 4}, S::absent(),
          {"attention", "q", "[2, 3, 4]"}),
      bad("width", {1, 2, 3, 4}, {1, 2, 3, 5}, {1, 2, 3, 4}, S::absent(),
          {"attention", "[1, 2, 3, 4]", "[1, 2, 3, 5]"}),
      bad("keys", {1, 2, 3, 4}, {1, 2, 5, 4}, {1, 2, 6, 4}, S::absent(),
          {"attention", "keys", "[1, 2, 5, 4]", "[1, 2, 6, 4]"}),
      bad("no keys", {1, 2, 3, 4}, {1, 2, 0, 4}, {1, 2, 0, 4}, S::absent(),
          {"attention", "keys", "[1, 2, 0, 4]"}),
      bad("heads", {1, 2, 3, 4}, {1, 3, 5, 4}, {1, 3, 5, 4}, S::absent(),
          {"attention", "heads", "[1, 3, 5, 4]"}),
      bad("mask", {1, 2, 3, 4}, {1, 2, 5, 4}, {1, 2, 5, 4}, S::uniform({1, 2, 4, 5}),
          {"attention", "mask", "[1, 2, 3, 5]", "[1, 2, 4, 5]"}),
      {"scale",
       {S::uniform({1, 1, 2, 2}), S::uniform({1, 1, 2, 2}), S::uniform({1, 1, 2, 2}), S::absent()},
       {{"scale", std::numeric_limits<double>::quiet_NaN()}},
       ErrorKind::usage,
       {"attention", "scale", "nan"}},
      {"dtype",
       {S::integers({1, 1, 2, 2}, 0, 5), S::uniform({1, 1, 2, 2}), S::uniform({1, 1, 2, 2}),
        S::absent()},
       attrs,
       ErrorKind::dtype,
       {"attention", "i64"}},
      {"no v",
       {S::uniform({1, 1, 2, 2}), S::uniform({1, 1, 2, 2}), S::absent(), S::absent()},
       attrs,
       ErrorKind::usage,
       {"attention", "none"}},
  };
}

Cost cost(std::span<const Tensor> in, std::span<const Tensor> out, const Attrs&) {
  const double item = static_cast<double>(size_of(in[0].dtype()));
  const std::int64_t products = in[0].numel() * in[1].size(2) + out[0].numel() * in[1].size(2);
  return {
      2.0 * static_cast<double>(products),
      item * static_cast<double>(in[0].numel() + in[1].numel() + in[2].numel() + out[0].numel())};
}

}  // namespace dact::attention_room
