#include "tensor/ops/max_pool2d/max_pool2d.room.hpp"

namespace dact::max_pool2d_room {

std::vector<Sample> samples() {
  std::vector<Sample> list;
  const auto add = [&](std::string label, Shape shape, const Sliding& s) {
    const Attrs attrs = sliding_attrs(s);
    list.push_back({label + shape.str() + " " + attrs.str(), {InputSpec::distinct(shape)}, attrs});
  };
  add("", {2, 3, 4, 4}, {2, 2, 0});
  add("", {1, 1, 1, 1}, {1, 1, 0});
  add("", {0, 2, 4, 4}, {2, 2, 0});
  add("", {2, 0, 4, 4}, {2, 2, 0});
  add("", {2, 2, 5, 7}, {2, 2, 0});
  add("", {1, 2, 5, 5}, {3, 1, 1});
  add("", {2, 1, 7, 6}, {3, 2, 1});
  add("", {2, 1, 6, 5}, {{3, 2}, {2, 1}, {1, 0}});
  add("", {1, 2, 3, 7}, {{1, 5}, {1, 3}, {0, 2}});
  add("", {2, 2, 5, 5}, {1, 2, 0});
  add("", {1, 1, 7, 7}, {7, 7, 0});
  add("large ", {2, 37, 31, 32}, {3, 2, 1});
  add("large ", {1, 19, 64, 34}, {2, 2, 0});
  // ties everywhere; only large samples may have them, there is no derivative for gradcheck to find
  InputSpec ties = InputSpec::integers({2, 17, 16, 18}, 0, 3, DType::f32);
  ties.differentiable = true;
  list.push_back({"large with ties", {ties}, sliding_attrs({3, 2, 1})});
  return list;
}

std::vector<BadSample> bad_samples() { return bad_sliding("max_pool2d", {}); }

Cost cost(std::span<const Tensor> in, std::span<const Tensor> out, const Attrs& attrs) {
  const Sliding s = sliding_of("max_pool2d", attrs);
  const auto read = static_cast<double>(in[0].numel());
  const auto written = static_cast<double>(out[0].numel());
  const auto size = static_cast<double>(size_of(in[0].dtype()));
  return {static_cast<double>(s.kernel.h * s.kernel.w) * written,
          size * (read + written) + 8 * written};
}

}  // namespace dact::max_pool2d_room
