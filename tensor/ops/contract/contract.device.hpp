// Products on a device: what conv2d, linear, matmul and attention share there.
#pragma once
#include "tensor/device.hpp"
#include "tensor/ops/conv2d/conv2d.kernels.hpp"

namespace dact::contract {

/// A batch of matrices in a tensor: element (i, k) of matrix m at data[m % matrices * inner + m / matrices * outer +
/// i * line + k * term]. `matrix_of`: which matrix each batch reads; empty: its own.
struct Matrices {
  const float* data = nullptr;
  std::int64_t line = 0, term = 1;
  std::int64_t matrices = 1, inner = 0, outer = 0;
  std::vector<std::int64_t> matrix_of = {};
};

/// out[b](i, j) = chain over k of a[b](i, k) b[b](j, k), + bias[j]. `out.line` is the step of rows, `out.term` of
/// columns.
struct DeviceProduct {
  const char* name;
  std::int64_t batch, rows, columns, terms;
  Matrices a, b, out;
  const float* bias = nullptr;
};
void run_on_device(const DeviceProduct& p);

/// For tests: the side of tiles, 32, 64 or 128, whatever the sizes; 0: chosen by them.
void force_tile(int side);

using conv2d_room::Geometry;
void conv_on_device(const Geometry& s, const Tensor& x, const Tensor& weight, const Tensor& bias,
                    Tensor& y);
void conv_data_gradient_on_device(const Geometry& s, const Tensor& g, const Tensor& weight,
                                  Tensor& dx);
void conv_weight_gradient_on_device(const Geometry& s, const Tensor& g, const Tensor& x,
                                    Tensor& dw);
/// g [batch * rows, channels] as stored.
void sum_rows_on_device(const Tensor& g, std::int64_t batch, std::int64_t rows,
                        std::int64_t channels, Tensor& out);
/// Adds the matrices of `from` whose batch reads matrix of_batch[b] of `out`, ascending from +0.
void add_batches_on_device(const Tensor& from, const std::vector<std::int64_t>& of_batch,
                           std::int64_t matrix, Tensor& out);

}  // namespace dact::contract
