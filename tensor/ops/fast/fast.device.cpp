#include "tensor/ops/fast/fast.device.hpp"

#include <algorithm>
#include <atomic>
#include <limits>

#include "tensor/ops/fast/conv.cuda.hpp"

namespace dact::fast {

using cuda::launch;

// ---- convolution

namespace {

constexpr int kMostOuts = 128;  // channels of the large tile
std::atomic<Tile> forced{Tile::automatic};

std::int64_t parts(std::int64_t n, std::int64_t each) { return (n + each - 1) / each; }

/// The weight as FastConvArgs has it, kept with its storage until it is written.
struct FastPack {
  std::int64_t offset;
  Shape shape;
  Tensor words;
};

template <class Mode>
Tensor packed(const Tensor& weight) {
  constexpr std::uint64_t kKey = 0x66617374636f6e00u + Mode::kTerms;  // "fastcon"
  const auto kept = std::static_pointer_cast<const FastPack>(weight.storage()->cached(kKey));
  if (kept && kept->offset == weight.offset() && kept->shape == weight.shape()) return kept->words;
  const std::int64_t n = weight.size(0), c = weight.size(1), taps = weight.size(2) * weight.size(3);
  const std::int64_t chunks = parts(c, cuda::kRowWords * Mode::kTerms),
                     padded = parts(n, kMostOuts) * kMostOuts;
  Tensor words = empty({chunks, taps, padded, cuda::kRowWords}, DType::i32, weight.device());
  const auto i = [](std::int64_t v) { return static_cast<int>(v); };
  launch("conv2d weight", words.numel(),
         cuda::PackFastWeight<Mode>{
             device_data<float>(weight),
             reinterpret_cast<std::uint32_t*>(device_mutate<std::int32_t>(words)), i(n), i(c),
             i(taps), i(padded)});
  weight.storage()->set_cached(
      kKey, std::make_shared<const FastPack>(FastPack{weight.offset(), weight.shape(), words}));
  return words;
}

template <class Kernel>
void run(const cuda::FastConvArgs& args) {
  launch("conv2d fast", Kernel::blocks(args.s), Kernel{args});
}

/// The large tile where it still gives every multiprocessor of a large card a block. Kernels with stride 2 have no room
/// for its patch in a block's memory, 1x1 none for its loads in registers.
template <class Mode>
bool wants_large(const cuda::ConvSizes& s) {
  constexpr std::int64_t kMultiprocessors = 132;
  if (s.kernel_h != 3 || s.stride_h != 1) return false;
  if (const Tile tile = forced.load(); tile != Tile::automatic) return tile == Tile::large;
  return s.out_c > 64 && cuda::FastConv<Mode, 3, 1, true>::blocks(s) >= kMultiprocessors;
}

template <class Mode>
void run_mode(const cuda::ConvSizes& s, const Tensor& x, const Tensor& weight, const Tensor& bias,
              Tensor& y) {
  using cuda::FastConv;
  const Tensor words = packed<Mode>(weight);
  const float* in = device_data<float>(x);
  const bool whole_quads =
      s.in_c % (4 * Mode::kTerms) == 0 && reinterpret_cast<std::uintptr_t>(in) % 16 == 0;
  const cuda::FastConvArgs args{
      in,
      reinterpret_cast<const std::uint32_t*>(device_data<std::int32_t>(words)),
      device_data<float>(bias),
      device_mutate<float>(y),
      s,
      static_cast<int>(words.size(0)),
      static_cast<int>(words.size(2)),
      whole_quads};
  if (wants_large<Mode>(s))
    run<FastConv<Mode, 3, 1, true>>(args);
  else if (s.kernel_h == 1)
    run<FastConv<Mode, 1, 1, false>>(args);
  else if (s.stride_h == 1)
    run<FastConv<Mode, 3, 1, false>>(args);
  else
    run<FastConv<Mode, 3, 2, false>>(args);
}

bool has_conv(const cuda::ConvSizes& s) {
  const bool plain = s.groups == 1 && s.dilation_h == 1 && s.dilation_w == 1 &&
                     s.kernel_h == s.kernel_w && s.stride_h == s.stride_w;
  return plain && (s.kernel_h == 1 || (s.kernel_h == 3 && s.stride_h <= 2));
}

}  // namespace

void force_tile(Tile tile) { forced.store(tile); }

bool conv2d(const cuda::ConvSizes& s, const Tensor& x, const Tensor& weight, const Tensor& bias,
            Tensor& y) {
  if (!has_conv(s)) return false;
  if (numerics() == Numerics::tf32)
    run_mode<cuda::Tf32>(s, x, weight, bias, y);
  else if (numerics() == Numerics::bf16)
    run_mode<cuda::Bf16>(s, x, weight, bias, y);
  else
    return false;
  return true;
}

// ---- plain products

namespace {

std::atomic<GemmFunction> installed{nullptr};

/// How the library reads a matrix of `lines` lines and `terms` terms: which of the two are neighbours, and how far apart
/// the other is. ld 0: it cannot.
struct Layout {
  bool terms_are_neighbours;
  std::int64_t ld;
};
Layout layout_of(const contract::Matrices& m, std::int64_t lines, std::int64_t terms) {
  constexpr std::int64_t kMost = std::numeric_limits<int>::max();
  const auto fits = [](std::int64_t step, std::int64_t count, std::int64_t below) {
    return (step >= below || count == 1) && std::max(step, below) <= kMost;
  };
  if (m.term == 1 && fits(m.line, lines, terms)) return {true, std::max(m.line, terms)};
  if (m.line == 1 && fits(m.term, terms, lines)) return {false, std::max(m.term, lines)};
  return {false, 0};
}

std::int64_t offset_of(const contract::Matrices& m, std::int64_t batch) {
  const std::int64_t at =
      m.matrix_of.empty() ? batch : m.matrix_of[static_cast<std::size_t>(batch)];
  return at % m.matrices * m.inner + at / m.matrices * m.outer;
}

/// From batch `first` on: how many matrices lie evenly apart in all operands, and how far.
struct Stretch {
  std::int64_t count, a_step, b_step, c_step;
};
Stretch stretch_from(const contract::DeviceProduct& p, std::int64_t first) {
  const auto step = [&](const contract::Matrices& m, std::int64_t b) {
    return offset_of(m, b + 1) - offset_of(m, b);
  };
  if (first + 1 == p.batch) return {1, 0, 0, 0};
  Stretch s{2, step(p.a, first), step(p.b, first), step(p.out, first)};
  if (s.a_step < 0 || s.b_step < 0 || s.c_step < 0) return {1, 0, 0, 0};
  for (std::int64_t b = first + 1; b + 1 < p.batch; ++b, ++s.count)
    if (step(p.a, b) != s.a_step || step(p.b, b) != s.b_step || step(p.out, b) != s.c_step) break;
  return s;
}

}  // namespace

void set_gemm(GemmFunction gemm) { installed.store(gemm); }

// Rows of ours are the library's columns: out^T [columns, rows] = b [columns, terms] a^T [terms, rows].
bool product(const contract::DeviceProduct& p) {
  const GemmFunction gemm = installed.load();
  const Numerics mode = numerics();
  if (gemm == nullptr || (mode != Numerics::tf32 && mode != Numerics::bf16)) return false;
  const Layout a = layout_of(p.a, p.rows, p.terms), b = layout_of(p.b, p.columns, p.terms),
               out = layout_of(p.out, p.rows, p.columns);
  const bool some = p.batch > 0 && p.rows > 0 && p.columns > 0 && p.terms > 0;
  if (!some || a.ld == 0 || b.ld == 0 || out.ld == 0 || !out.terms_are_neighbours ||
      (p.bias != nullptr && p.batch != 1))
    return false;
  float* to = const_cast<float*>(p.out.data);
  if (p.bias != nullptr)
    launch("bias", p.rows * p.columns, cuda::FillRows{p.bias, to, p.columns, p.out.line});
  const auto i = [](std::int64_t v) { return static_cast<int>(v); };
  for (std::int64_t at = 0; at < p.batch;) {
    const Stretch s = stretch_from(p, at);
    gemm({b.terms_are_neighbours, !a.terms_are_neighbours, i(p.columns), i(p.rows), i(p.terms),
          p.b.data + offset_of(p.b, at), i(b.ld), s.b_step, p.a.data + offset_of(p.a, at), i(a.ld),
          s.a_step, to + offset_of(p.out, at), i(out.ld), s.c_step, i(s.count), p.bias != nullptr},
         mode);
    at += s.count;
  }
  return true;
}

}  // namespace dact::fast
