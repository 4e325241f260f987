#include "tensor/ops/avg_pool2d/avg_pool2d.room.hpp"

namespace dact::avg_pool2d_room {

std::vector<Sample> samples() {
  std::vector<Sample> list;
  const auto add = [&](std::string label, Shape shape, const Sliding& s, bool include) {
    const Attrs attrs = sliding_attrs(s, {{"count_include_pad", include}});
    list.push_back(
        {label + shape.str() + " " + attrs.str(), {InputSpec::uniform(shape, -2, 2)}, attrs});
  };
  add("", {2, 3, 4, 4}, {2, 2, 0}, true);
  add("", {1, 1, 1, 1}, {1, 1, 0}, true);
  add("", {0, 2, 4, 4}, {2, 2, 0}, true);
  add("", {2, 0, 4, 4}, {2, 2, 0}, true);
  add("", {2, 2, 5, 7}, {2, 2, 0}, true);
  add("", {1, 2, 5, 5}, {3, 1, 1}, true);
  add("", {1, 2, 5, 5}, {3, 1, 1}, false);
  add("", {2, 1, 6, 5}, {{3, 2}, {2, 1}, {1, 0}}, false);
  add("", {1, 2, 3, 7}, {{1, 5}, {1, 3}, {0, 2}}, true);
  add("", {1, 1, 7, 7}, {7, 7, 0}, true);
  add("", {2, 2, 2, 3}, {{2, 3}, 1, {1, 1}}, false);
  add("large ", {2, 37, 32, 34}, {2, 2, 0}, true);
  add("large ", {1, 19, 33, 31}, {3, 2, 1}, false);
  add("large ", {1, 3, 96, 70}, {{35, 33}, {4, 5}, {17, 3}}, true);
  return list;
}

std::vector<BadSample> bad_samples() {
  return bad_sliding("avg_pool2d", {{"count_include_pad", true}});
}

Cost cost(std::span<const Tensor> in, std::span<const Tensor> out, const Attrs& attrs) {
  const Sliding s = sliding_of("avg_pool2d", attrs);
  const auto n = static_cast<double>(in[0].numel() + out[0].numel());
  return {static_cast<double>(s.kernel.h * s.kernel.w) * static_cast<double>(out[0].numel()),
          static_cast<double>(size_of(in[0].dtype())) * n};
}

}  // namespace dact::avg_pool2d_room
