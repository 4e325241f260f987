#include "tensor/ops/reduce/reduce.device.hpp"

#include "tensor/layout.hpp"

namespace dact {

using cuda::launch;

cuda::StridedRows strided_rows(const Reduction& r) {
  const int last = r.x.rank() - 1;
  const Strides steps = r.x.strides().without(last);
  // walked in the order of the results, so that row r's number is its result's place
  cuda::StridedRows rows;
  rows.stride = r.n > 1 ? r.x.strides()[last] : 1;
  rows.walk.small = numel_of(r.kept) < (std::int64_t{1} << 31);
  rows.walk.rank = r.kept.rank();
  for (int a = 0; a < r.kept.rank(); ++a) {
    rows.walk.size[a] = r.kept[a];
    rows.walk.stride[0][a] = steps[a];
  }
  return rows;
}

Tensor sum_reduced_on_device(const Reduction& r, int map) {
  const std::int64_t rows = numel_of(r.kept);
  const cuda::MappedValue value{device_data<float>(r.x), strided_rows(r), map};
  return sum_on_device("sum", value, rows, r.n, value.rows.stride == 1).reshaped(r.result);
}

namespace {

template <class T>
void sum_of(const Reduction& r, Tensor& out) {
  launch("sum of integers", out.numel(),
         cuda::SumIntegers<T>{static_cast<const T*>(r.x.address()), strided_rows(r), r.n,
                              device_mutate<std::int64_t>(out)});
}

template <class T>
void winners_of(bool least, const Reduction& r, Tensor& values, Tensor& indices) {
  using K = cuda::Winners<T>;
  const std::int64_t rows = numel_of(r.kept);
  launch("max, min", (rows + K::kRows - 1) / K::kRows,
         K{device_data<T>(r.x), strided_rows(r), rows, r.n, least, device_mutate<T>(values),
           device_mutate<std::int64_t>(indices)});
}

}  // namespace

Tensor sum_integers_on_device(const Reduction& r) {
  Tensor out = empty(r.kept, DType::i64, r.x.device());
  switch (r.x.dtype()) {
    case DType::i64:
      sum_of<std::int64_t>(r, out);
      break;
    case DType::i32:
      sum_of<std::int32_t>(r, out);
      break;
    default:  // u8 and bool: bytes
      sum_of<std::uint8_t>(r, out);
      break;
  }
  return out.reshaped(r.result);
}

Statistics statistics_on_device(const Reduction& r) {
  const cuda::StridedValue value{device_data<float>(r.x), strided_rows(r)};
  const std::int64_t rows = numel_of(r.kept);
  if (rows == 0)
    return {empty(r.kept, DType::f32, Device::cuda), empty(r.kept, DType::f32, Device::cuda)};
  const DeviceMoments m = moments_on_device("moments", value, rows, r.n, value.rows.stride == 1);
  return {m.mean.contiguous().reshaped(r.kept), m.m2.contiguous().reshaped(r.kept)};
}

void winners_on_device(bool least, const Reduction& r, Tensor& values, Tensor& indices) {
  switch (r.x.dtype()) {
    case DType::i64:
      return winners_of<std::int64_t>(least, r, values, indices);
    case DType::i32:
      return winners_of<std::int32_t>(least, r, values, indices);
    case DType::u8:
      return winners_of<std::uint8_t>(least, r, values, indices);
    default:
      return winners_of<float>(least, r, values, indices);
  }
}

Tensor add_up_on_device(const Tensor& x, double divisor) {
  Tensor y = empty({}, x.dtype(), x.device());
  launch("sum of parts", 1,
         cuda::AddUp{device_data<float>(x), x.numel(), static_cast<float>(divisor),
                     device_mutate<float>(y)});
  return y;
}

// ---- softmax: the operands dense in one axis order, seen as [outer, n, inner] of that memory

namespace {

struct Rows {
  Tensor x;  // dense
  cuda::AxisRows axis;
  std::int64_t rows;
};

// Elements inside the axis in memory.
Rows rows_of(const Tensor& a, int axis) {
  const Tensor x = a.is_dense() ? a : a.contiguous();
  const std::int64_t n = x.shape()[axis];
  return {x, {n, n > 1 ? x.strides()[axis] : 1}, n ? x.numel() / n : 0};
}

Tensor softmax_step(cuda::SoftmaxStep which, const Rows& r, const Tensor& b, const Tensor& m,
                    const Tensor& s) {
  Tensor y = empty_like(r.x);
  launch("softmax", y.numel(),
         cuda::SoftmaxKernel{which, device_data<float>(r.x), device_data<float>(b),
                             device_data<float>(m), device_data<float>(s), r.axis,
                             device_mutate<float>(y)});
  return y;
}

}  // namespace

Tensor softmax_on_device(const Tensor& x, int axis, bool log) {
  const Rows r = rows_of(x, axis);
  if (x.numel() == 0) return empty_like(r.x);
  const float* p = device_data<float>(r.x);
  const Tensor m = max_on_device("softmax max", cuda::AxisValue{p, r.axis}, r.rows, r.axis.n);
  const Tensor s = sum_on_device("softmax sum", cuda::AxisExp{p, device_data<float>(m), r.axis},
                                 r.rows, r.axis.n, r.axis.inner == 1);
  return softmax_step(log ? cuda::SoftmaxStep::log_softmax : cuda::SoftmaxStep::softmax, r, r.x, m,
                      s);
}

Tensor softmax_gradient_on_device(const Tensor& y, const Tensor& g, int axis, bool log) {
  const Rows r = rows_of(y, axis);
  if (y.numel() == 0) return empty_like(r.x);
  const Tensor up = in_layout(g, r.x.strides());
  const float *py = device_data<float>(r.x), *pg = device_data<float>(up);
  const bool inner = r.axis.inner == 1;
  const Tensor s = log ? sum_on_device("log_softmax gradient sum", cuda::AxisValue{pg, r.axis},
                                       r.rows, r.axis.n, inner)
                       : sum_on_device("softmax gradient sum", cuda::AxisProduct{pg, py, r.axis},
                                       r.rows, r.axis.n, inner);
  return softmax_step(log ? cuda::SoftmaxStep::log_softmax_grad : cuda::SoftmaxStep::softmax_grad,
                      r, up, s, s);
}

Tensor logsumexp_on_device(const Reduction& r) {
  const std::int64_t rows = numel_of(r.kept);
  const cuda::StridedRows strided = strided_rows(r);
  const float* x = device_data<float>(r.x);
  Tensor y = empty(r.kept, DType::f32, r.x.device());
  if (rows == 0) return y.reshaped(r.result);
  const Tensor m = max_on_device("logsumexp max", cuda::StridedValue{x, strided}, rows, r.n);
  const Tensor s =
      sum_on_device("logsumexp sum", cuda::StridedExp{x, strided, device_data<float>(m)}, rows, r.n,
                    strided.stride == 1);
  launch("logsumexp", rows,
         cuda::LogSumExp{device_data<float>(m), device_data<float>(s), device_mutate<float>(y)});
  return y.reshaped(r.result);
}

// ---- attention

Tensor score_softmax_on_device(const Tensor& scores, const Tensor& mask, double scale) {
  const std::int64_t keys = scores.size(3), rows = keys ? scores.numel() / keys : 0;
  cuda::ScoreValue value{
      device_data<float>(scores), keys, static_cast<float>(scale), nullptr, {}, 0};
  if (mask.defined()) {
    value.mask = device_data<float>(mask);
    value.mask_column = mask.strides()[3];
    value.mask_rows.small = rows < (std::int64_t{1} << 31);
    value.mask_rows.rank = 3;
    for (int a = 0; a < 3; ++a) {
      value.mask_rows.size[a] = scores.shape()[a];
      value.mask_rows.stride[1][a] = mask.strides()[a];
    }
  }
  Tensor y = empty(scores.shape(), DType::f32, scores.device());
  if (rows == 0) return y;
  const Tensor m = max_on_device("attention max", value, rows, keys);
  const cuda::ScoreExp exp{value, device_data<float>(m)};
  const Tensor s = sum_on_device("attention sum", exp, rows, keys, true);
  launch("attention softmax", y.numel(),
         cuda::ScoreSoftmax{exp, device_data<float>(s), device_mutate<float>(y)});
  return y;
}

void score_gradient_on_device(const Tensor& p, Tensor& dp, double scale) {
  const std::int64_t keys = p.size(3), rows = keys ? p.numel() / keys : 0;
  if (rows == 0) return;
  const cuda::AxisProduct value{device_data<float>(p), device_data<float>(dp), {keys, 1}};
  const Tensor dot = sum_on_device("attention gradient sum", value, rows, keys, true);
  launch("attention gradient", p.numel(),
         cuda::ScoreGradient{device_data<float>(p), device_data<float>(dot),
                             device_mutate<float>(dp), keys, static_cast<float>(scale)});
}

}  // namespace dact
