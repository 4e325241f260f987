#include "tensor/ops/elementwise/unary.hpp"

#include "tensor/isa.hpp"
#include "tensor/ops/elementwise/unary.kernels.hpp"
#include "tensor/parallel.hpp"

namespace dact {
namespace {
constexpr std::int64_t kGrain = 8192;  // elements worth handing to another thread
}

Tensor unary(UnaryId id, std::string_view name, const Tensor& x, double a, double b) {
  require_float(name, "x", x);
  const Tensor in = x.is_dense() ? x : x.contiguous();
  Tensor out = empty_like(in);
  const int which = static_cast<int>(id);
  if (x.dtype() == DType::f64) {
    unary_f64(which, in.data<double>(), out.mutate<double>(), in.numel(), a, b);
    return out;
  }
  const float* src = in.data<float>();
  float* dst = out.mutate<float>();
  const auto kernel = DACT_PICK(unary_f32);
  parallel_ranges(in.numel(), kGrain,
                  [&](std::int64_t i, std::int64_t end) { kernel(which, src + i, dst + i, end - i, a, b); });
  return out;
}

Tensor unary_grad(UnaryId id, const Tensor& g, const Tensor& x, const Tensor& y, double a, double b) {
  const Tensor in = x.is_dense() ? x : x.contiguous();
  const Tensor grad = in_layout(g, in.strides()), result = in_layout(y, in.strides());
  Tensor out = empty_like(in);
  const int which = static_cast<int>(id);
  if (x.dtype() == DType::f64) {
    unary_grad_f64(which, grad.data<double>(), in.data<double>(), result.data<double>(), out.mutate<double>(),
                   in.numel(), a, b);
    return out;
  }
  const float *pg = grad.data<float>(), *px = in.data<float>(), *py = result.data<float>();
  float* dst = out.mutate<float>();
  const auto kernel = DACT_PICK(unary_grad_f32);
  parallel_ranges(in.numel(), kGrain, [&](std::int64_t i, std::int64_t end) {
    kernel(which, pg + i, px + i, py + i, dst + i, end - i, a, b);
  });
  return out;
}

std::vector<Sample> unary_samples(double low, double high, const Attrs& attrs) {
  std::vector<Sample> s;
  for (const Shape& shape : {Shape{}, Shape{1}, Shape{0}, Shape{3, 0, 2}, Shape{7}, Shape{2, 3, 5}, Shape{2, 3, 4, 5},
                             Shape{3, 37}, Shape{16, 2}})
    s.push_back({"x" + shape.str(), {InputSpec::uniform(shape, low, high)}, attrs});
  s.push_back({"large [5, 3333]", {InputSpec::uniform({5, 3333}, low, high)}, attrs});
  return s;
}

std::vector<BadSample> unary_bad_samples(std::string name, const Attrs& attrs) {
  return {{"integer x", {InputSpec::integers({2, 3}, 0, 5)}, attrs, ErrorKind::dtype, {name, "i64[2, 3]"}},
          {"no x", {InputSpec::absent()}, attrs, ErrorKind::usage, {name, "none"}}};
}

}  // namespace dact
