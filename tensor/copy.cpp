// Copies between layouts and dtypes, and the creation functions.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <type_traits>

#include "tensor/convert.hpp"
#include "tensor/convert.kernels.hpp"
#include "tensor/copy.device.hpp"
#include "tensor/device.hpp"
#include "tensor/error.hpp"
#include "tensor/isa.hpp"
#include "tensor/loop.hpp"
#include "tensor/tensor.hpp"
#include "tensor/transpose.hpp"

namespace dact {
namespace {

// n elements side by side on both ends.
template <class To, class From>
void copy_run(To* out, const From* in, std::int64_t n) {
  if constexpr (std::is_same_v<To, From>)
    std::memcpy(static_cast<void*>(out), in, static_cast<std::size_t>(n) * sizeof(To));
  else if constexpr (std::is_same_v<From, float>)
    DACT_PICK(convert_from_f32)(static_cast<int>(dtype_of<To>), in, out, n);
  else if constexpr (std::is_same_v<To, float>)
    DACT_PICK(convert_into_f32)(static_cast<int>(dtype_of<From>), in, out, n);
  else
    for (std::int64_t k = 0; k < n; ++k) out[k] = convert<To>(in[k]);
}

template <class To, class From>
void copy_rows(const LoopPlan<2>& plan, To* out, const From* in) {
  if constexpr (std::is_same_v<To, From>)
    if (is_transposing(plan)) return copy_transposed(plan, out, in);
  const std::int64_t so = plan.inner_stride(0), si = plan.inner_stride(1);
  for_each_row(plan, [&](std::int64_t n, const std::int64_t(&at)[2]) {
    To* o = out + at[0];
    const From* i = in + at[1];
    if (so == 1 && si == 1) return copy_run(o, i, n);
    for (std::int64_t k = 0; k < n; ++k) o[k * so] = convert<To>(i[k * si]);
  });
}

template <class F>
void dispatch_any(DType dtype, F&& fn) {
  switch (dtype) {
    case DType::f32:
      return fn.template operator()<float>();
    case DType::f64:
      return fn.template operator()<double>();
    case DType::bf16:
      return fn.template operator()<bf16>();
    case DType::f16:
      return fn.template operator()<f16>();
    case DType::i64:
      return fn.template operator()<std::int64_t>();
    case DType::i32:
      return fn.template operator()<std::int32_t>();
    case DType::u8:
      return fn.template operator()<std::uint8_t>();
    case DType::bool_:
      return fn.template operator()<bool>();
  }
}

template <class F>
Tensor filled(const Shape& shape, DType dtype, F&& value_of) {
  Tensor out = empty(shape, dtype);
  void* raw = out.mutate_raw();
  dispatch_any(dtype, [&]<class T>() {
    T* p = static_cast<T*>(raw);
    for (std::int64_t i = 0; i < out.numel(); ++i) p[i] = convert<T>(value_of(i));
  });
  return out;
}

}  // namespace

void copy_to(Tensor& out, const Tensor& x) {
  require_same_shape("copy", out, x);
  if (out.device() != x.device())
    throw DeviceError("copy",
                      "tensors must be on one device, got " + out.str() + " and " + x.str());
  const LoopPlan<2> plan(x.shape(), {&out.strides(), &x.strides()});
  if (on_device(x)) return copy_on_device(plan, out, x);
  void* raw = out.mutate_raw();
  dispatch_any(out.dtype(), [&]<class To>() {
    if (x.dtype() == out.dtype()) return copy_rows(plan, static_cast<To*>(raw), x.data<To>());
    dispatch_any(x.dtype(),
                 [&]<class From>() { copy_rows(plan, static_cast<To*>(raw), x.data<From>()); });
  });
}

Tensor in_layout(const Tensor& x, const Strides& strides) {
  bool same = true;
  for (int i = 0; i < x.rank(); ++i)
    same = same && (x.shape()[i] == 1 || x.strides()[i] == strides[i]);
  if (same || x.numel() == 0) return x;
  Tensor out = empty_strided(x.shape(), strides, x.dtype(), x.device());
  copy_to(out, x);
  return out;
}

Tensor Tensor::contiguous() const {
  if (is_contiguous()) return *this;
  Tensor out = empty(shape_, dtype_, device());
  copy_to(out, *this);
  return out;
}

Tensor Tensor::contiguous_channels_last() const {
  if (is_channels_last()) return *this;
  Tensor out = empty_channels_last(shape_, dtype_, device());
  copy_to(out, *this);
  return out;
}

Tensor Tensor::clone() const {
  Tensor out = empty_like(*this);
  copy_to(out, *this);
  return out;
}

Tensor Tensor::to(DType dtype) const {
  if (dtype == dtype_) return *this;
  Tensor out = empty_like(*this, dtype);
  copy_to(out, *this);
  return out;
}

double Tensor::item() const {
  if (numel_ != 1) throw ShapeError("item", "tensor must have one element, got " + str());
  if (on_device(*this)) return to(Device::cpu).item();
  double v = 0;
  dispatch_any(dtype_, [&]<class T>() { v = convert<double>(*data<T>()); });
  return v;
}

template <class T>
std::vector<T> Tensor::to_vector() const {
  const Tensor dense = contiguous().to(Device::cpu);
  const T* p = dense.data<T>();
  return std::vector<T>(p, p + numel_);
}

template <class T>
Tensor from_vector(std::span<const T> values, const Shape& shape) {
  if (numel_of(shape, "from_vector") != static_cast<std::int64_t>(values.size()))
    throw ShapeError("from_vector", "shape must have as many elements as there are values, got " +
                                        shape.str() + " for " + std::to_string(values.size()) +
                                        " values");
  Tensor out = empty(shape, dtype_of<T>);
  T* p = out.mutate<T>();
  std::copy(values.begin(), values.end(), p);
  return out;
}

#define DACT_INSTANTIATE(T)                             \
  template std::vector<T> Tensor::to_vector<T>() const; \
  template Tensor from_vector<T>(std::span<const T>, const Shape&);
DACT_INSTANTIATE(float)
DACT_INSTANTIATE(double)
DACT_INSTANTIATE(std::int64_t)
DACT_INSTANTIATE(std::int32_t)
DACT_INSTANTIATE(std::uint8_t)
DACT_INSTANTIATE(bf16)
DACT_INSTANTIATE(f16)
DACT_INSTANTIATE(bool)
#undef DACT_INSTANTIATE

Tensor zeros(const Shape& shape, DType dtype, Device device) {
  Tensor out = empty(shape, dtype, device);
  clear_storage(out);
  return out;
}

Tensor zeros_like(const Tensor& x) {
  Tensor out = empty_like(x);
  clear_storage(out);
  return out;
}

Tensor full(const Shape& shape, double value, DType dtype) {
  return filled(shape, dtype, [&](std::int64_t) { return value; });
}

Tensor scalar(double value, DType dtype) { return full({}, value, dtype); }

Tensor arange(double start, double end, double step, DType dtype) {
  if (step == 0) throw UsageError("arange", "step must not be 0");
  const double count = std::ceil((end - start) / step);
  if (!(count < 1e15)) throw ShapeError("arange", "range must have fewer than 1e15 elements");
  const auto n = static_cast<std::int64_t>(count > 0 ? count : 0);
  return filled({n}, dtype, [&](std::int64_t i) { return start + static_cast<double>(i) * step; });
}

Tensor linspace(double start, double end, std::int64_t n, DType dtype) {
  if (n < 0) throw ShapeError("linspace", "n must be >= 0, got " + std::to_string(n));
  const double step = n > 1 ? (end - start) / static_cast<double>(n - 1) : 0;
  return filled({n}, dtype, [&](std::int64_t i) {
    return n > 1 && i == n - 1 ? end : start + static_cast<double>(i) * step;
  });
}

// ---- random

namespace {

// draw(sample, out, n) per sample; `per_sample` makes axis 0 the sample axis.
template <class T, class F>
Tensor random_tensor(const Shape& shape, bool per_sample, F&& draw) {
  Tensor out = empty(shape, dtype_of<T>);
  T* p = out.mutate<T>();
  const std::int64_t samples = per_sample && shape.rank() > 0 ? shape[0] : 1;
  const std::int64_t each = samples > 0 ? out.numel() / samples : 0;
  for (std::int64_t s = 0; s < samples; ++s)
    draw(static_cast<std::uint32_t>(s), p + s * each, each);
  return out;
}

}  // namespace

Tensor rand(const Shape& shape, const RandomKey& key, bool per_sample, DType dtype) {
  return random_tensor<float>(
             shape, per_sample,
             [&](std::uint32_t s, float* p, std::int64_t n) { fill_uniform(key, s, p, n); })
      .to(dtype);
}

Tensor randn(const Shape& shape, const RandomKey& key, bool per_sample, DType dtype) {
  return random_tensor<float>(
             shape, per_sample,
             [&](std::uint32_t s, float* p, std::int64_t n) { fill_normal(key, s, p, n); })
      .to(dtype);
}

Tensor randint(std::int64_t low, std::int64_t high, const Shape& shape, const RandomKey& key) {
  if (high <= low || high - low > std::int64_t{1} << 32)
    throw UsageError("randint", "range must satisfy low < high <= low + 2^32, got [" +
                                    std::to_string(low) + ", " + std::to_string(high) + ")");
  Tensor out = empty(shape, DType::i64);
  std::int64_t* p = out.mutate<std::int64_t>();
  std::vector<std::uint32_t> bits(static_cast<std::size_t>(out.numel()));
  fill_bits(key, 0, bits.data(), out.numel());
  const auto range = static_cast<std::uint64_t>(high - low);
  for (std::size_t i = 0; i < bits.size(); ++i)
    p[i] = low + static_cast<std::int64_t>((std::uint64_t{bits[i]} * range) >> 32);
  return out;
}

}  // namespace dact
