// Reductions on a device: the levels of the tree, and what the rooms ask for.
#pragma once
#include "tensor/cuda/plan.hpp"
#include "tensor/device.hpp"
#include "tensor/ops/reduce/axes.hpp"
#include "tensor/ops/reduce/reduce.cuda.hpp"
#include "tensor/ops/reduce/statistics.hpp"

namespace dact {

/// sum[row] of value(row, 0 .. n-1) by NUMERICS.md 4, f32 [rows]. n = 0 gives +0. `lanes_inner`: elements of a row lie
/// side by side in memory.
template <class Value>
Tensor sum_on_device(const char* name, const Value& value, std::int64_t rows, std::int64_t n,
                     bool lanes_inner) {
  const std::int64_t chunks = n > kChunk ? (n + kChunk - 1) / kChunk : 1;
  Tensor partial = empty({chunks, rows}, DType::f32, Device::cuda);
  const auto blocks = [&](std::int64_t units) { return (units + cuda::kUnits - 1) / cuda::kUnits; };
  if (n == 0)
    clear_storage(partial);
  else
    cuda::launch(
        name, blocks(chunks * rows),
        cuda::ChunkSums<Value>{value, device_mutate<float>(partial), rows, n, lanes_inner});
  if (chunks == 1) return partial.reshaped({rows});
  return sum_on_device(name, cuda::PartialValue{device_data<float>(partial), rows}, rows, chunks,
                       false);
}

/// Mean and M2 per row, f32 [rows] each, by NUMERICS.md 5; n >= 1.
struct DeviceMoments {
  Tensor mean, m2;
};
template <class Value>
DeviceMoments moments_on_device(const char* name, const Value& value, std::int64_t rows,
                                std::int64_t n, bool lanes_inner) {
  const std::int64_t chunks = (n + kChunk - 1) / kChunk, units = chunks * rows;
  DeviceMoments out{empty({units}, DType::f32, Device::cuda),
                    empty({units}, DType::f32, Device::cuda)};
  float *mean = device_mutate<float>(out.mean), *m2 = device_mutate<float>(out.m2);
  cuda::launch(name, (units + cuda::kUnits - 1) / cuda::kUnits,
               cuda::ChunkMoments<Value>{value, mean, m2, rows, n, lanes_inner});
  cuda::launch(name, rows, cuda::MergeMoments{mean, m2, rows, n});
  return {out.mean.sliced(0, 0, rows), out.m2.sliced(0, 0, rows)};
}

template <class Value>
Tensor max_on_device(const char* name, const Value& value, std::int64_t rows, std::int64_t n) {
  using K = cuda::RowMax<Value>;
  Tensor m = empty({rows}, DType::f32, Device::cuda);
  cuda::launch(name, (rows + K::kRows - 1) / K::kRows, K{value, rows, n, device_mutate<float>(m)});
  return m;
}

/// Rows of a Reduction, in the order of their results.
cuda::StridedRows strided_rows(const Reduction& r);

Tensor sum_reduced_on_device(const Reduction& r, int map);
Tensor sum_integers_on_device(const Reduction& r);
Statistics statistics_on_device(const Reduction& r);
/// Values and indices, of shape r.kept.
void winners_on_device(bool least, const Reduction& r, Tensor& values, Tensor& indices);
/// *y = sum of x in order, / divisor unless 0.
Tensor add_up_on_device(const Tensor& x, double divisor);

Tensor softmax_on_device(const Tensor& x, int axis, bool log);
Tensor softmax_gradient_on_device(const Tensor& y, const Tensor& g, int axis, bool log);
Tensor logsumexp_on_device(const Reduction& r);

/// Softmax of scores [B, heads, T, S]; mask [B, heads, T, S] of any strides, or undefined.
Tensor score_softmax_on_device(const Tensor& scores, const Tensor& mask, double scale);
void score_gradient_on_device(const Tensor& p, Tensor& dp, double scale);

}  // namespace dact
