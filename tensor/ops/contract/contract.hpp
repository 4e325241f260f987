// Products on packed weights: what conv2d, linear, matmul and attention share. The kernels are in
// contract.simd.cpp; here is who computes which outputs. Pieces of work own their outputs, so no
// cut below can change a bit.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "tensor/memory.hpp"
#include "tensor/ops/contract/contract.kernels.hpp"
#include "tensor/tensor.hpp"

namespace dact::contract {

/// The running instruction set's copy of the kernels.
struct Kernels {
  std::int64_t lanes, half, pixels;
  void (*tiles)(const Tiles&);
  void (*outer)(const OuterTile&, std::int64_t);
  void (*sum_rows)(const float*, std::int64_t, std::int64_t, std::int64_t, float*);
};
Kernels kernels();

/// Uninitialised floats from the caching allocator, for one call.
class Scratch {
 public:
  explicit Scratch(std::int64_t count);
  ~Scratch() { free_bytes(data_, bytes_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  float* data() const { return data_; }
  void fill_zero();

 private:
  std::size_t bytes_;
  float* data_;
};

/// Weights packed as [block][k][lanes]: blocks of 32 (16, 8) channels, k in the order of the chain.
/// The last block is half as wide when its channels fit. Lanes without a channel hold +0 and are
/// never stored.
struct Panels {
  std::int64_t channels, terms;  // terms: length of the whole chain
  std::int64_t lanes, half;
  Panels(std::int64_t channels, std::int64_t terms);
  std::int64_t blocks() const { return (channels + lanes - 1) / lanes; }
  std::int64_t width(std::int64_t block) const;  // channels in the block
  std::int64_t lanes_of(std::int64_t block) const { return width(block) <= half ? half : lanes; }
  std::int64_t offset(std::int64_t block) const { return block * lanes * terms; }
  std::int64_t floats() const;
};

/// Where weight (channel n, tap t, term c) lies; k = t * terms_per_tap + c.
struct WeightLayout {
  std::int64_t channel, tap, term;  // strides
  std::int64_t taps, terms_per_tap;
};
/// `batch` matrices, w_batch apart, to panels that follow each other.
void pack(const Panels& p, const float* w, const WeightLayout& layout, float* out,
          std::int64_t batch = 1, std::int64_t w_batch = 0);

/// Packed weights of a parameter, kept with its storage until it is written or the instruction set
/// changes. `groups` panels, one after the other, group g starting at w + g * group_stride. `use`
/// tells a weight's packings apart.
Tensor packed_weight(const Tensor& weight, int use, const Panels& p, const WeightLayout& layout,
                     std::int64_t groups = 1, std::int64_t group_stride = 0);

/// The weight in packed form alone: packs it where that was not done, and folds its storage into the packed copy, from
/// which whoever reads the weight itself gets it back bit for bit. A weight that shares its storage with others, or
/// is not row-major f32, stays as it is. Not while another thread uses the weight.
void fold_weight(const Tensor& weight, int use, const Panels& p, const WeightLayout& layout,
                 std::int64_t groups = 1, std::int64_t group_stride = 0);

/// How many pieces to cut: rows into `row_ranges`, channel blocks into `block_ranges`. `terms`: of one chain.
struct Cut {
  std::int64_t row_ranges, block_ranges;
};
Cut cut_work(std::int64_t batch, std::int64_t rows, std::int64_t pixels_per_row,
             std::int64_t blocks, std::int64_t terms);

/// out[m, n] = chain over k of a[m, k] * panel[k, n], + bias[n]. Rows of a and out have the given
/// steps.
struct Product {
  std::int64_t batch = 1, rows = 0;
  const float* a = nullptr;
  std::int64_t a_step = 0, a_batch = 0;
  const float* panels = nullptr;
  std::int64_t panels_batch = 0;
  const float* bias = nullptr;
  float* out = nullptr;
  std::int64_t out_step = 0, out_batch = 0;
};
/// `a_of`, `panels_of` (when not null): index of the operand used by batch b, for broadcasting.
void run_product(const Product& p, const Panels& panels, const std::int64_t* a_of = nullptr,
                 const std::int64_t* panels_of = nullptr);

// ---- convolutions: chains that gather neighbours

/// Positions along one axis that meet the same taps. Position i of the class is output `first + i *
/// step`; its tap k reads input `at[k] + i * in_step`, or kZero (a +0 term) or kSkip (no term).
struct AxisClass {
  static constexpr std::int64_t kZero = -1, kSkip = -2;
  std::int64_t first, count, step, in_step;
  std::vector<std::int64_t> at;
};
/// Output o reads o * stride - padding + k * dilation; outside the input: kZero.
std::vector<AxisClass> forward_axis(std::int64_t out, std::int64_t in, std::int64_t kernel,
                                    std::int64_t stride, std::int64_t padding,
                                    std::int64_t dilation);
/// Input position i of the convolution hears from the outputs o with o * stride - padding + k *
/// dilation == i; other taps: kSkip.
std::vector<AxisClass> backward_axis(std::int64_t in, std::int64_t out, std::int64_t kernel,
                                     std::int64_t stride, std::int64_t padding,
                                     std::int64_t dilation);

/// out[b, y, x, n] = chain over (ky, kx, c) of in[b, rows.at, cols.at, c] * panel, + bias[n];
/// channels-last buffers.
struct Gather {
  const float* in;
  float* out;
  const float* panels;  // groups, one after the other
  const float* bias;    // [groups * channels] or null
  std::int64_t batch, in_h, in_w, out_h, out_w;
  std::int64_t groups, terms, channels;  // per group: input channels, output channels
  std::vector<AxisClass> rows, cols;
};
void run_gather(const Gather& g);

// ---- weight gradients: chains over positions

/// The gradient of a convolution's weights (also of linear's: one row of positions, a 1x1 kernel).
struct Outer {
  const float* x;  // [batch, in_h, in_w, groups * terms]
  const float* g;  // [batch, out_h, out_w, groups * channels]
  float* out;      // [groups * channels, terms, kernel_h, kernel_w]
  std::int64_t batch, in_h, in_w, out_h, out_w;
  std::int64_t groups, terms, channels;
  std::int64_t kernel_h, kernel_w, stride_h, stride_w, padding_h, padding_w, dilation_h, dilation_w;
};
/// Per sample: positions (h, w) ascending in chunks of 1024, each chunk one chain, out-of-image
/// inputs as +0 terms; chunks added ascending; samples added ascending, starting at +0.
void run_outer(const Outer& o);

/// out[c] = sum over samples of the sum over chunks of 1024 rows of the chain of additions.
void sum_rows(const float* g, std::int64_t batch, std::int64_t rows, std::int64_t channels,
              float* out);

}  // namespace dact::contract
