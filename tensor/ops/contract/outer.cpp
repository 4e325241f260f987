// Weight and bias gradients: chains over positions, per sample in chunks of 1024 (NUMERICS.md 3).
#include <algorithm>
#include <cstring>

#include "tensor/ops/contract/contract.hpp"
#include "tensor/parallel.hpp"
#include "tensor/sum.hpp"

namespace dact::contract {
namespace {

std::int64_t chunks_of(std::int64_t positions) { return (positions + kChunk - 1) / kChunk; }

/// One block of channels against a range of terms: all taps, samples and chunks.
class Piece {
 public:
  Piece(const Outer& o, const Kernels& k, const Panels& channels, std::int64_t group,
        std::int64_t block, std::int64_t term0, std::int64_t term1)
      : o_(o),
        k_(k),
        lanes_(channels.lanes_of(block)),
        width_(channels.width(block)),
        taps_(o.kernel_h * o.kernel_w),
        term0_(term0),
        term1_(term1),
        first_channel_(group * o.channels + block * channels.lanes),
        group_(group),
        side_(k.half),
        positions_(o.out_h * o.out_w),
        slab_w_((o.out_w - 1) * o.stride_w + (o.kernel_w - 1) * o.dilation_w + 1),
        total_(taps_ * (term1 - term0) * lanes_),
        partial_(taps_ * (term1 - term0) * lanes_),
        g_pack_(kChunk * lanes_),
        slab_(direct() ? k.half : slab_rows() * slab_w_ * side_) {}

  void run() {
    total_.fill_zero();
    slab_.fill_zero();
    if (positions_ == 1)
      for (std::int64_t b = 0; b < o_.batch; b += kChunk)
        samples_of_one(b, std::min(o_.batch, b + kChunk));
    else
      for (std::int64_t b = 0; b < o_.batch; ++b)
        for (std::int64_t at = 0; at < positions_; at += kChunk)
          chunk(b, at, std::min(positions_, at + kChunk));
    write();
  }

 private:
  /// A 1x1 kernel without padding reads x in place; others read a padded copy of a few channels.
  bool direct() const {
    return positions_ == 1 || (taps_ == 1 && o_.padding_h == 0 && o_.padding_w == 0);
  }
  std::int64_t slab_rows() const {
    const std::int64_t rows = std::min(o_.out_h, (kChunk - 2) / o_.out_w + 2);
    return (rows - 1) * o_.stride_h + (o_.kernel_h - 1) * o_.dilation_h + 1;
  }

  /// Calls f(first term, terms) for nearly equal tiles.
  template <class F>
  void each_tile(F f) const {
    const std::int64_t n = term1_ - term0_, tiles = (n + k_.pixels - 1) / k_.pixels;
    for (std::int64_t t = 0; t < tiles; ++t) {
      const std::int64_t from = term0_ + n * t / tiles, to = term0_ + n * (t + 1) / tiles;
      f(from, to - from);
    }
  }

  /// Positions [from, to) of g as [position][lanes].
  void pack_g(const float* g, std::int64_t step, std::int64_t count) const {
    const std::size_t bytes = static_cast<std::size_t>(width_) * sizeof(float);
    float* to = g_pack_.data();
    for (std::int64_t i = 0; i < count; ++i, g += step, to += lanes_) {
      std::memcpy(to, g, bytes);
      for (std::int64_t j = width_; j < lanes_; ++j) to[j] = 0.0f;
    }
  }

  void chunk(std::int64_t b, std::int64_t from, std::int64_t to) {
    const std::int64_t pixel = o_.groups * o_.channels;
    pack_g(o_.g + (b * positions_ + from) * pixel + first_channel_, pixel, to - from);
    each_tile([&](std::int64_t term, std::int64_t terms) {
      if (!direct()) copy_slab(b, from / o_.out_w, (to - 1) / o_.out_w, term, terms);
      for (std::int64_t tap = 0; tap < taps_; ++tap) {
        runs_.clear();
        for (std::int64_t at = from; at < to;) {
          const std::int64_t end = std::min(to, (at / o_.out_w + 1) * o_.out_w);
          runs_.push_back(row_run(b, from, at, end, tap, term));
          at = end;
        }
        tile(tap, term, terms, false, from == 0, to == positions_);
      }
    });
  }

  /// Positions [at, end) of one row of outputs.
  OuterRun row_run(std::int64_t b, std::int64_t from, std::int64_t at, std::int64_t end,
                   std::int64_t tap, std::int64_t term) const {
    const std::int64_t y = at / o_.out_w * o_.stride_h, x = at % o_.out_w * o_.stride_w;
    const std::int64_t pixel = o_.groups * o_.terms;
    const float* g = g_pack_.data() + (at - from) * lanes_;
    if (direct())
      return {o_.x + ((b * o_.in_h + y) * o_.in_w + x) * pixel + group_ * o_.terms + term,
              o_.stride_w * pixel, end - at, g};
    const std::int64_t top = from / o_.out_w * o_.stride_h;
    const std::int64_t row = y - top + tap / o_.kernel_w * o_.dilation_h;
    const std::int64_t col = x + tap % o_.kernel_w * o_.dilation_w;
    return {slab_.data() + (row * slab_w_ + col) * side_, o_.stride_w * side_, end - at, g};
  }

  /// Samples of one position each: the chain of a sample is one product, samples are added.
  void samples_of_one(std::int64_t b0, std::int64_t b1) {
    const std::int64_t pixel = o_.groups * o_.terms, sample = o_.in_h * o_.in_w * pixel;
    const std::int64_t g_step = o_.groups * o_.channels;
    pack_g(o_.g + b0 * g_step + first_channel_, g_step, b1 - b0);
    each_tile([&](std::int64_t term, std::int64_t terms) {
      for (std::int64_t tap = 0; tap < taps_; ++tap) {
        const std::int64_t y = tap / o_.kernel_w * o_.dilation_h - o_.padding_h;
        const std::int64_t x = tap % o_.kernel_w * o_.dilation_w - o_.padding_w;
        const bool inside = y >= 0 && y < o_.in_h && x >= 0 && x < o_.in_w;
        const float* at =
            inside ? o_.x + b0 * sample + (y * o_.in_w + x) * pixel + group_ * o_.terms + term
                   : slab_.data();
        runs_.assign(1, {at, inside ? sample : 0, b1 - b0, g_pack_.data()});
        tile(tap, term, terms, true, false, false);
      }
    });
  }

  void tile(std::int64_t tap, std::int64_t term, std::int64_t terms, bool rounded, bool first,
            bool last) {
    const std::int64_t at = (tap * (term1_ - term0_) + term - term0_) * lanes_;
    k_.outer({runs_.data(), static_cast<std::int64_t>(runs_.size()), terms, rounded, first, last,
              partial_.data() + at, total_.data() + at},
             lanes_);
  }

  /// `terms` channels of the input rows that output rows [y0, y1] read, with their padding.
  void copy_slab(std::int64_t b, std::int64_t y0, std::int64_t y1, std::int64_t term,
                 std::int64_t terms) {
    const std::int64_t rows = (y1 - y0) * o_.stride_h + (o_.kernel_h - 1) * o_.dilation_h + 1;
    const std::int64_t pixel = o_.groups * o_.terms;
    const std::int64_t x0 = std::clamp<std::int64_t>(o_.padding_w, 0, slab_w_);
    const std::int64_t x1 = std::clamp(o_.in_w + o_.padding_w, x0, slab_w_);
    for (std::int64_t r = 0; r < rows; ++r) {
      float* to = slab_.data() + r * slab_w_ * side_;
      const std::int64_t y = y0 * o_.stride_h - o_.padding_h + r;
      const bool inside = y >= 0 && y < o_.in_h;
      const auto zero = [&](std::int64_t from, std::int64_t end) {
        std::memset(to + from * side_, 0, static_cast<std::size_t>((end - from) * side_) * 4);
      };
      zero(0, inside ? x0 : slab_w_);
      if (!inside) continue;
      const float* from = o_.x + ((b * o_.in_h + y) * o_.in_w + x0 - o_.padding_w) * pixel +
                          group_ * o_.terms + term;
      copy_pixels(from, pixel, x1 - x0, terms, to + x0 * side_);
      zero(x1, slab_w_);
    }
  }

  void copy_pixels(const float* from, std::int64_t step, std::int64_t count, std::int64_t terms,
                   float* to) const {
    // Where x has them, whole lines of 16: the terms beyond `terms` are not read.
    constexpr std::int64_t kLine = 16;
    const float* end = o_.x + o_.batch * o_.in_h * o_.in_w * o_.groups * o_.terms;
    std::int64_t i = 0;
    if (side_ == kLine)
      for (; i < count && end - (from + i * step) >= kLine; ++i)
        std::memcpy(to + i * kLine, from + i * step, kLine * sizeof(float));
    for (; i < count; ++i)
      for (std::int64_t t = 0; t < terms; ++t) to[i * side_ + t] = from[i * step + t];
  }

  /// total [tap][term][lane] -> out [channel][term][tap], a few terms at a time: they stay in L1 for all lanes.
  void write() const {
    constexpr std::int64_t kFew = 8;
    const std::int64_t terms = term1_ - term0_;
    for (std::int64_t c0 = 0; c0 < terms; c0 += kFew)
      for (std::int64_t j = 0; j < width_; ++j) {
        float* to = o_.out + ((first_channel_ + j) * o_.terms + term0_) * taps_;
        for (std::int64_t c = c0; c < std::min(terms, c0 + kFew); ++c) {
          const float* from = total_.data() + c * lanes_ + j;
          for (std::int64_t tap = 0; tap < taps_; ++tap, from += terms * lanes_)
            to[c * taps_ + tap] = *from;
        }
      }
  }

  const Outer& o_;
  const Kernels& k_;
  std::int64_t lanes_, width_, taps_, term0_, term1_, first_channel_, group_, side_, positions_,
      slab_w_;
  Scratch total_, partial_, g_pack_, slab_;
  std::vector<OuterRun> runs_;
};

}  // namespace

void run_outer(const Outer& o) {
  const Kernels k = kernels();
  const Panels channels(o.channels, 1);
  const std::int64_t blocks = o.groups * channels.blocks();
  // About 8 pieces a thread; totals of at most 256 KiB each.
  const std::int64_t tiles = (o.terms + k.pixels - 1) / k.pixels;
  const std::int64_t tile_bytes = o.kernel_h * o.kernel_w * k.pixels * channels.lanes * 4;
  const std::int64_t small = (tiles * tile_bytes + (1 << 18) - 1) / (1 << 18);
  const std::int64_t want = thread_count() == 1 ? 1 : (8 * thread_count() + blocks - 1) / blocks;
  const std::int64_t ranges = std::clamp<std::int64_t>(std::max(small, want), 1, tiles);
  parallel_for(blocks * ranges, [&](std::int64_t piece) {
    const std::int64_t block = piece / ranges, r = piece % ranges;
    Piece(o, k, channels, block / channels.blocks(), block % channels.blocks(),
          o.terms * r / ranges, o.terms * (r + 1) / ranges)
        .run();
  });
}

void sum_rows(const float* g, std::int64_t batch, std::int64_t rows, std::int64_t channels,
              float* out) {
  std::fill_n(out, channels, 0.0f);
  const Kernels k = kernels();
  // A sample of one row is its own sum, so the rows are one chain of additions.
  if (rows == 1) return k.sum_rows(g, batch, channels, channels, out);
  const std::int64_t chunks = chunks_of(rows);
  Scratch sums(batch * chunks * channels);
  parallel_for(batch * chunks, [&](std::int64_t piece) {
    const std::int64_t b = piece / chunks, at = piece % chunks * kChunk;
    k.sum_rows(g + (b * rows + at) * channels, std::min(kChunk, rows - at), channels, channels,
               sums.data() + piece * channels);
  });
  for (std::int64_t b = 0; b < batch; ++b)
    for (std::int64_t c = 0; c < channels; ++c) {
      float sample = 0.0f;
      for (std::int64_t n = 0; n < chunks; ++n)
        sample = sample + sums.data()[(b * chunks + n) * channels + c];
      out[c] = out[c] + sample;
    }
}

}  // namespace dact::contract
