// The convolution of the fast modes, for tensor cores. A block computes a tile of outputs: some pixels of one image
// times some channels. For a chunk of input channels it keeps the input patch under the tile (the pixels that any tap
// reads) in shared memory, rounded, once for all taps; tap by tap the weights follow, two buffers each.
#pragma once
#include "tensor/cuda/kernel.hpp"
#include "tensor/cuda/walk.hpp"
#include "tensor/ops/contract/contract.cuda.hpp"
#include "tensor/ops/fast/mma.hpp"

namespace dact::cuda {

// A row of shared memory is one pixel (one output channel) with the chunk's terms: 16 words in quads of 16 bytes.
inline constexpr int kRowWords = 16, kRowQuads = 4;

/// Where word w of a row lies: the quads of a row change places, so that 8 neighbouring rows times the 4 words of a quad,
/// which a warp reads at once, meet all 32 banks.
DACT_INLINE int word_at(int row, int w) {
  return row * kRowWords + ((w >> 2) ^ ((row >> 1) & 3)) * 4 + (w & 3);
}

struct alignas(16) WordQuad {
  std::uint32_t v[4];
};
struct alignas(8) FloatPair {
  float v[2];
};

/// What the kernel and its weights share. Weights are packed as [chunk][tap][channel n, padded][16 words].
struct FastConvArgs {
  const float* in;
  const std::uint32_t* weight;
  const float* bias;  // [N] or null
  float* out;
  ConvSizes s;
  int chunks, padded_out;
  bool whole_quads;  // of input channels: 16 bytes at once
};

/// side: of the kernel, 1 or 3. step: pixels of the patch from one output to the next, the stride of a 3x3 kernel; a 1x1
/// kernel's patch holds the pixels that it reads and no others.
template <class Mode, int side, int step_of_patch, bool large>
struct FastConv {
  static constexpr int kThreads = 128, kResident = large ? 2 : 3;
  static constexpr int kTaps = side * side, kHigh = 8, kWide = large ? 16 : 8,
                       kOuts = large ? 128 : 64;
  static constexpr int kPatchWide = (kWide - 1) * step_of_patch + side,
                       kPatch = ((kHigh - 1) * step_of_patch + side) * kPatchWide;
  static constexpr int kQuadTerms = 4 * Mode::kTerms, kChunkTerms = kRowWords * Mode::kTerms;
  // 2 x 2 warps, each kDown times 16 pixels and kAcross times 8 channels
  static constexpr int kWarpPixels = kHigh * kWide / 2, kWarpOuts = kOuts / 2,
                       kDown = kWarpPixels / 16, kAcross = kWarpOuts / 8;
  // Quads that a thread loads in one step: a part of the next patch, all of the next weights.
  static constexpr int kPatchLoads =
                           (kPatch * kRowQuads + kTaps * kThreads - 1) / (kTaps * kThreads),
                       kWeightLoads = kOuts * kRowQuads / kThreads;
  struct Shared {
    alignas(16) std::uint32_t patch[2][extent(kPatch * kRowWords)];
    alignas(16) std::uint32_t weight[2][extent(kOuts * kRowWords)];
  };
  struct Registers {
    float c[extent(kDown)][extent(kAcross)][4];
    const float* image;
    int sample, y, x, out;  // first output of the tile
  };
  FastConvArgs a;

  DACT_INLINE static std::int64_t blocks(const ConvSizes& s) {
    return static_cast<std::int64_t>(s.batch) * parts(s.out_h, kHigh) * parts(s.out_w, kWide) *
           parts(s.out_c, kOuts);
  }
  DACT_INLINE std::int64_t steps(std::int64_t) const { return a.chunks * kTaps + 1; }

  /// Step 0 fills the first buffers; step s > 0 multiplies stage s - 1 (a chunk's tap) while it loads what comes next.
  DACT_INLINE void step(std::int64_t s, const Thread& t, Shared& m, Registers& r) const {
    if (s == 0) return begin(t, m, r);
    const int stage = static_cast<int>(s) - 1, chunk = stage / kTaps, tap = stage - chunk * kTaps;
    const bool last = stage + 1 == a.chunks * kTaps, last_chunk = chunk + 1 == a.chunks;
    float pixels[extent(kPatchLoads)][extent(kQuadTerms)];
    WordQuad weights[extent(kWeightLoads)];
    if (!last_chunk) fetch_patch(chunk + 1, tap, t.index, r, pixels);
    if (!last) fetch_weights(stage + 1, t.index, r, weights);
    multiply(t.index, tap, m.patch[chunk % 2], m.weight[stage % 2], r);
    if (!last_chunk) put_patch(tap, t.index, pixels, m.patch[(chunk + 1) % 2]);
    if (!last) put_weights(t.index, weights, m.weight[(stage + 1) % 2]);
    if (last) store(t.index, r);
  }

 private:
  DACT_INLINE static int parts(int n, int each) { return (n + each - 1) / each; }

  DACT_INLINE void begin(const Thread& t, Shared& m, Registers& r) const {
    const ConvSizes& s = a.s;
    const Split outs = split(t.block, parts(s.out_c, kOuts)),
                across = split(outs.quotient, parts(s.out_w, kWide)),
                down = split(across.quotient, parts(s.out_h, kHigh));
    r.sample = static_cast<int>(down.quotient);
    r.y = static_cast<int>(down.rest) * kHigh;
    r.x = static_cast<int>(across.rest) * kWide;
    r.out = static_cast<int>(outs.rest) * kOuts;
    r.image = a.in + down.quotient * s.in_h * s.in_w * s.in_c;
    DACT_UNROLL
    for (int i = 0; i < kDown; ++i) DACT_UNROLL
    for (int j = 0; j < kAcross; ++j)
      for (int k = 0; k < 4; ++k) r.c[i][j][k] = 0.0f;
    float pixels[extent(kPatchLoads)][extent(kQuadTerms)];
    WordQuad weights[extent(kWeightLoads)];
    for (int piece = 0; piece < kTaps; ++piece) {
      fetch_patch(0, piece, t.index, r, pixels);
      put_patch(piece, t.index, pixels, m.patch[0]);
    }
    fetch_weights(0, t.index, r, weights);
    put_weights(t.index, weights, m.weight[0]);
  }

  /// Quad number j that a thread loads of a piece: 4 neighbouring threads share a pixel.
  DACT_INLINE static int quad_of(int piece, int thread, int j) {
    return (piece * kPatchLoads + j) * kThreads + thread;
  }

  DACT_INLINE void fetch_patch(int chunk, int piece, int thread, const Registers& r,
                               float (*pixels)[extent(kQuadTerms)]) const {
    DACT_UNROLL
    for (int j = 0; j < kPatchLoads; ++j) {
      const int quad = quad_of(piece, thread, j), pixel = quad / kRowQuads;
      const int py = pixel / kPatchWide, px = pixel - py * kPatchWide;
      const int apart = side == 1 ? a.s.stride_h : 1;
      const int y = r.y * a.s.stride_h - a.s.padding_h + py * apart,
                x = r.x * a.s.stride_w - a.s.padding_w + px * apart;
      const int c = chunk * kChunkTerms + quad % kRowQuads * kQuadTerms;
      const bool inside =
          pixel < kPatch && y >= 0 && y < a.s.in_h && x >= 0 && x < a.s.in_w && c < a.s.in_c;
      const float* from = r.image + (static_cast<std::int64_t>(y) * a.s.in_w + x) * a.s.in_c + c;
      read(inside ? from : nullptr, a.s.in_c - c, pixels[j]);
    }
  }
  /// kQuadTerms floats, of which `there` are; +0 for the others, and all of null.
  DACT_INLINE void read(const float* from, int there, float* to) const {
    DACT_UNROLL
    for (int i = 0; i < kQuadTerms; ++i) to[i] = 0.0f;
    if (from == nullptr) return;
    if (a.whole_quads) {
      DACT_UNROLL
      for (int q = 0; q < Mode::kTerms; ++q) {
        const Quad v = reinterpret_cast<const Quad*>(from)[q];
        for (int i = 0; i < 4; ++i) to[4 * q + i] = v.v[i];
      }
    } else {
      DACT_UNROLL
      for (int i = 0; i < kQuadTerms; ++i)
        if (i < there) to[i] = from[i];
    }
  }
  DACT_INLINE void put_patch(int piece, int thread, const float (*pixels)[extent(kQuadTerms)],
                             std::uint32_t* patch) const {
    DACT_UNROLL
    for (int j = 0; j < kPatchLoads; ++j) {
      const int quad = quad_of(piece, thread, j), pixel = quad / kRowQuads;
      if (pixel >= kPatch) continue;
      WordQuad q;
      DACT_UNROLL
      for (int i = 0; i < 4; ++i) q.v[i] = Mode::word(pixels[j] + i * Mode::kTerms);
      *reinterpret_cast<WordQuad*>(patch + word_at(pixel, quad % kRowQuads * 4)) = q;
    }
  }

  DACT_INLINE void fetch_weights(int stage, int thread, const Registers& r,
                                 WordQuad* weights) const {
    const std::uint32_t* from =
        a.weight + (static_cast<std::int64_t>(stage) * a.padded_out + r.out) * kRowWords;
    DACT_UNROLL
    for (int j = 0; j < kWeightLoads; ++j)
      weights[j] = reinterpret_cast<const WordQuad*>(from)[j * kThreads + thread];
  }
  DACT_INLINE void put_weights(int thread, const WordQuad* weights, std::uint32_t* to) const {
    DACT_UNROLL
    for (int j = 0; j < kWeightLoads; ++j) {
      const int quad = j * kThreads + thread;
      *reinterpret_cast<WordQuad*>(to + word_at(quad / kRowQuads, quad % kRowQuads * 4)) =
          weights[j];
    }
  }

  /// Pixel (in its tile, row-major) of row `row` of the warp's product number i; its channel number j.
  DACT_INLINE static int pixel_of(int thread, int i, int row) {
    return thread / kLanes / 2 * kWarpPixels + 16 * i + row;
  }
  DACT_INLINE static int out_of(int thread, int j, int column) {
    return thread / kLanes % 2 * kWarpOuts + 8 * j + column;
  }

  // The two products of 8 words that a tap adds to each output of the warp.
  DACT_INLINE void multiply(int thread, int tap, const std::uint32_t* patch,
                            const std::uint32_t* weight, Registers& r) const {
    const int lane = thread % kLanes, ky = tap / side, kx = tap - ky * side;
    DACT_UNROLL
    for (int first = 0; first < kRowWords; first += 8) {
      Fragment<4> pixels[extent(kDown)];
      DACT_UNROLL
      for (int i = 0; i < kDown; ++i)
        pixels[i].load(lane, [&](int of, int k) {
          const int p = pixel_of(thread, i, of / 4 + 8 * (k % 2));
          const int y = p / kWide * step_of_patch + ky, x = p % kWide * step_of_patch + kx;
          return patch[word_at(y * kPatchWide + x, first + of % 4 + 4 * (k / 2))];
        });
      DACT_UNROLL
      for (int j = 0; j < kAcross; ++j) {
        Fragment<2> channels;
        channels.load(lane, [&](int of, int k) {
          return weight[word_at(out_of(thread, j, of / 4), first + of % 4 + 4 * k)];
        });
        DACT_UNROLL
        for (int i = 0; i < kDown; ++i) mma<Mode>(lane, pixels[i], channels, r.c[i][j]);
      }
    }
  }

  DACT_INLINE void store(int thread, const Registers& r) const {
    const int lane = thread % kLanes;
    DACT_UNROLL
    for (int i = 0; i < kDown; ++i) DACT_UNROLL
    for (int half = 0; half < 2; ++half) {
      const int p = pixel_of(thread, i, lane / 4 + 8 * half), y = r.y + p / kWide,
                x = r.x + p % kWide;
      if (y >= a.s.out_h || x >= a.s.out_w) continue;
      const std::int64_t row =
          (static_cast<std::int64_t>(r.sample) * a.s.out_h + y) * a.s.out_w + x;
      DACT_UNROLL
      for (int j = 0; j < kAcross; ++j)
        store_pair(r.out + out_of(thread, j, 2 * (lane % 4)), r.c[i][j] + 2 * half,
                   a.out + row * a.s.out_c);
    }
  }
  /// Channels n and n + 1 of a pixel, bias added.
  DACT_INLINE void store_pair(int n, const float* c, float* to) const {
    if (n >= a.s.out_c) return;
    const bool both = n + 1 < a.s.out_c;
    const FloatPair y{
        {a.bias ? c[0] + a.bias[n] : c[0], a.bias && both ? c[1] + a.bias[n + 1] : c[1]}};
    if (a.s.out_c % 2 == 0)
      *reinterpret_cast<FloatPair*>(to + n) = y;
    else
      for (int k = 0; k < 1 + both; ++k) to[n + k] = y.v[k];
  }
};

/// Word e of the packed weights of w [N, C, taps]; +0 beyond N and C.
template <class Mode>
struct PackFastWeight {
  const float* w;
  std::uint32_t* packed;
  int out_c, in_c, taps, padded_out;
  DACT_INLINE void operator()(std::int64_t e) const {
    const Split row = split(e, kRowWords), n = split(row.quotient, padded_out),
                tap = split(n.quotient, taps);
    const int c = static_cast<int>(tap.quotient * kRowWords + row.rest) * Mode::kTerms;
    float terms[extent(Mode::kTerms)];
    for (int k = 0; k < Mode::kTerms; ++k)
      terms[k] =
          n.rest < out_c && c + k < in_c ? w[(n.rest * in_c + c + k) * taps + tap.rest] : 0.0f;
    packed[e] = Mode::word(terms);
  }
};

/// out[row * step + column] = bias[column]: what a product is added to.
struct FillRows {
  const float* bias;
  float* out;
  std::int64_t columns, step;
  DACT_INLINE void operator()(std::int64_t e) const {
    const Split row = split(e, columns);
    out[row.quotient * step + row.rest] = bias[row.rest];
  }
};

}  // namespace dact::cuda
