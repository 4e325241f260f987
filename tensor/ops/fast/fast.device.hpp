// The fast modes (numerics.hpp) on a device: products in tensor cores. Each function answers false, having done nothing,
// where the running mode is strict or there is no fast kernel for the operands; the caller then runs the strict one.
//
// Error against the strict result, for K terms and factors rounded to a relative u (2^-11 in tf32, 2^-8 in bf16):
//   |fast - strict| <= (2 u + u^2 + (K + 2) 2^-22) sum_k |a_k b_k| + |bias| 2^-22
// A product of rounded factors is exact in f32 and off by at most (2 u + u^2) |a b|; K additions that may truncate give
// K 2^-23 of the sum of magnitudes, the strict chain's own roundings K 2^-24. Factors below 2^-126 aside.
#pragma once
#include "tensor/numerics.hpp"
#include "tensor/ops/contract/contract.cuda.hpp"
#include "tensor/ops/contract/contract.device.hpp"

namespace dact::fast {

/// Kernels 1x1 and 3x3 (stride 1 or 2) without groups and dilation: ops/fast/conv.cuda.hpp. Tensors as stored.
bool conv2d(const cuda::ConvSizes& s, const Tensor& x, const Tensor& weight, const Tensor& bias,
            Tensor& y);
/// For tests: the tile of 128 channels (large) or of 64, whatever the sizes; auto: chosen by them.
enum class Tile { automatic, small, large };
void force_tile(Tile tile);

/// Plain products, where a library for them was installed: matrices whose lines or terms are neighbours in memory.
bool product(const contract::DeviceProduct& p);

/// A call of that library, column by column: c [m, n] = a [m, k] b [k, n] + (add ? c : 0), for `batch` matrices that lie
/// `.._step` apart. Element (i, j) of c at c[i + j ldc]; of a at a[i + j lda], or a[j + i lda] where it is transposed.
struct Gemm {
  bool transpose_a, transpose_b;
  int m, n, k;
  const float* a;
  int lda;
  std::int64_t a_step;
  const float* b;
  int ldb;
  std::int64_t b_step;
  float* c;
  int ldc;
  std::int64_t c_step;
  int batch;
  bool add;
};
using GemmFunction = void (*)(const Gemm&, Numerics mode);
/// nullptr: there is none.
void set_gemm(GemmFunction gemm);

}  // namespace dact::fast
