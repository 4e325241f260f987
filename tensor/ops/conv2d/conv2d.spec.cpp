// Samples: every way a chain can be cut or meet a border.
#include "tensor/ops/conv2d/conv2d.room.hpp"

namespace dact::conv2d_room {
namespace {

using S = InputSpec;

Sample sample(std::string label, Shape x, Shape w, const Conv2dOptions& o, bool bias = true) {
  const std::int64_t n = w[0];
  return {std::move(label),
          {S::uniform(std::move(x)), S::uniform(std::move(w)).shared(),
           bias ? S::uniform({n}).shared() : S::absent()},
          attrs_of(o)};
}

}  // namespace

std::vector<Sample> samples() {
  return {
      sample("3x3 padded", {2, 2, 4, 3}, {3, 2, 3, 3}, {.padding = 1}),
      sample("1x1", {2, 3, 3, 2}, {4, 3, 1, 1}, {}),
      sample("1x1 without bias", {1, 5, 2, 3}, {2, 5, 1, 1}, {}, false),
      sample("stride 2", {1, 2, 5, 6}, {3, 2, 3, 3}, {.stride = 2, .padding = 1}),
      sample("4x4 stride 2", {2, 1, 6, 6}, {2, 1, 4, 4}, {.stride = 2, .padding = 1}),
      sample("groups", {1, 4, 3, 4}, {6, 2, 2, 2}, {.groups = 2}),
      sample("depthwise", {2, 3, 4, 3}, {3, 1, 3, 3}, {.padding = 1, .groups = 3}),
      sample("dilation", {1, 1, 6, 7}, {2, 1, 2, 3}, {.padding = {1, 2}, .dilation = {3, 2}}),
      sample("uneven", {1, 2, 7, 4}, {2, 2, 3, 1}, {.stride = {3, 1}, .padding = {2, 1}}),
      sample("padding beyond the kernel", {1, 1, 2, 2}, {1, 1, 2, 2}, {.padding = 3}),
      sample("one element", {1, 1, 1, 1}, {1, 1, 1, 1}, {}),
      sample("one output position", {3, 2, 2, 3}, {2, 2, 2, 3}, {}),
      sample("empty batch", {0, 2, 3, 3}, {2, 2, 3, 3}, {.padding = 1}),
      sample("large 3x3", {2, 40, 9, 17}, {70, 40, 3, 3}, {.padding = 1}),
      sample("large wide", {1, 8, 5, 71}, {45, 8, 3, 3}, {.padding = 1}, false),
      sample("large stride 2", {2, 9, 19, 35}, {48, 9, 3, 3}, {.stride = 2, .padding = 1}),
      sample("large 1x1", {2, 70, 7, 9}, {45, 70, 1, 1}, {}),
      sample("large 7x7", {1, 3, 31, 29}, {20, 3, 7, 7}, {.stride = 2, .padding = 3}),
      sample("large groups", {1, 36, 8, 13}, {44, 18, 3, 3}, {.padding = 1, .groups = 2}),
      sample("large dilation", {1, 12, 15, 21}, {17, 12, 3, 3}, {.padding = 2, .dilation = 2}),
      sample("large tall", {1, 3, 67, 3}, {70, 3, 3, 3}, {.padding = {1, 2}}),
      sample("large two chunks", {2, 5, 40, 57}, {6, 5, 3, 3}, {.padding = 1}),
  };
}

std::vector<BadSample> bad_samples() {
  const auto bad = [](std::string label, Shape x, Shape w, Conv2dOptions o, ErrorKind kind,
                      std::vector<std::string> needles) -> BadSample {
    return {std::move(label),
            {S::uniform(x), S::uniform(w), S::absent()},
            attrs_of(o),
            kind,
            std::move(needles)};
  };
  return {
      bad("channels", {1, 3, 4, 4}, {2, 4, 3, 3}, {}, ErrorKind::shape,
          {"conv2d", "[1, 3, 4, 4]", "[2, 4, 3, 3]"}),
      bad("groups", {1, 4, 4, 4}, {3, 2, 3, 3}, {.groups = 2}, ErrorKind::shape,
          {"conv2d", "groups = 2", "[3, 2, 3, 3]"}),
      bad("rank", {3, 4, 4}, {2, 3, 3, 3}, {}, ErrorKind::shape, {"conv2d", "[3, 4, 4]"}),
      bad("kernel too large", {1, 1, 2, 2}, {1, 1, 3, 3}, {}, ErrorKind::shape,
          {"conv2d", "reach 3", "[1, 1, 3, 3]"}),
      bad("no kernel", {1, 1, 2, 2}, {1, 1, 0, 3}, {}, ErrorKind::shape,
          {"conv2d", "empty", "[1, 1, 0, 3]"}),
      bad("stride", {1, 1, 4, 4}, {1, 1, 3, 3}, {.stride = 0}, ErrorKind::usage,
          {"conv2d", "stride", "[0, 0]"}),
      bad("padding", {1, 1, 4, 4}, {1, 1, 3, 3}, {.padding = -1}, ErrorKind::usage,
          {"conv2d", "padding", "[-1, -1]"}),
      {"bias",
       {S::uniform({1, 1, 4, 4}), S::uniform({2, 1, 3, 3}), S::uniform({3})},
       attrs_of({}),
       ErrorKind::shape,
       {"conv2d", "bias", "[3]"}},
      {"dtype",
       {S::integers({1, 1, 4, 4}, 0, 5), S::uniform({2, 1, 3, 3}), S::absent()},
       attrs_of({}),
       ErrorKind::dtype,
       {"conv2d", "i64"}},
      {"no weight",
       {S::uniform({1, 1, 4, 4}), S::absent(), S::absent()},
       attrs_of({}),
       ErrorKind::usage,
       {"conv2d", "none"}},
  };
}

Cost cost(std::span<const Tensor> in, std::span<const Tensor> out, const Attrs&) {
  const Shape& w = in[1].shape();
  const double item = static_cast<double>(size_of(in[0].dtype()));
  const double numbers = static_cast<double>(in[0].numel() + in[1].numel() + out[0].numel());
  return {2.0 * static_cast<double>(out[0].numel()) * static_cast<double>(w[1] * w[2] * w[3]),
          item * numbers};
}

}  // namespace dact::conv2d_room
