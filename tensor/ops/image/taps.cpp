#include "tensor/ops/image/taps.hpp"

#include <algorithm>

#include "tensor/math_bits.hpp"

namespace dact {
namespace {

// The last output ends here.
void close(Taps& taps) { taps.first.push_back(static_cast<std::int64_t>(taps.weight.size())); }

// One output with weights w[0 .. count) at inputs begin ..; those outside [0, n) join the border's.
void append_clamped(Taps& taps, std::int64_t begin, const float* w, std::int64_t count) {
  const std::int64_t last = taps.inputs - 1;
  const std::int64_t from = std::clamp<std::int64_t>(begin, 0, last);
  const std::int64_t to = std::clamp<std::int64_t>(begin + count - 1, 0, last);
  taps.begin.push_back(from);
  close(taps);
  const auto base = taps.weight.size();
  taps.weight.resize(base + static_cast<std::size_t>(to - from + 1), 0.0f);
  for (std::int64_t t = 0; t < count; ++t) {
    const std::int64_t at = std::clamp<std::int64_t>(begin + t, 0, last) - from;
    float& slot = taps.weight[base + static_cast<std::size_t>(at)];
    slot = slot + w[t];
  }
}

float scale_of(std::int64_t n, std::int64_t m, bool align_corners) {
  if (!align_corners) return static_cast<float>(n) / static_cast<float>(m);
  return m > 1 ? static_cast<float>(n - 1) / static_cast<float>(m - 1) : 0.0f;
}

float source_of(std::int64_t o, float scale, bool align_corners) {
  if (align_corners) return scale * static_cast<float>(o);
  const float s = scale * (static_cast<float>(o) + 0.5f);
  return s - 0.5f;
}

// Keys 1981 with parameter a: |x| <= 1 and 1 < |x| < 2, in Horner form.
float cubic_near(float x, float a) {
  const float p = (a + 2.0f) * x - (a + 3.0f);
  return p * x * x + 1.0f;
}
float cubic_far(float x, float a) {
  const float p = (a * x - 5.0f * a) * x + 8.0f * a;
  return p * x - 4.0f * a;
}

float filter_value(AntialiasFilter filter, float x) {
  x = math::abs(x);
  if (filter == AntialiasFilter::triangle) return x < 1.0f ? 1.0f - x : 0.0f;
  constexpr float a = -0.5f;  // Pillow's and PyTorch's choice for resizing with antialias
  if (x < 1.0f) return cubic_near(x, a);
  return x < 2.0f ? cubic_far(x, a) : 0.0f;
}

// Weights of output o, divided by their sum; leaves out zeros at both ends. One tap at least is not
// 0.
void append_filtered(Taps& taps, std::int64_t begin, std::vector<float>& w) {
  float total = 0;
  for (const float v : w) total = total + v;
  std::size_t from = 0, to = w.size();
  while (to > from + 1 && w[to - 1] == 0.0f) --to;
  while (from + 1 < to && w[from] == 0.0f) ++from;
  taps.begin.push_back(begin + static_cast<std::int64_t>(from));
  close(taps);
  for (std::size_t t = from; t < to; ++t) taps.weight.push_back(w[t] / total);
}

}  // namespace

bool Taps::is_identity() const {
  if (inputs != outputs()) return false;
  for (std::size_t o = 0; o < begin.size(); ++o)
    if (begin[o] != static_cast<std::int64_t>(o) || count(o) != 1 || weight[o] != 1.0f)
      return false;
  return true;
}

Taps bilinear_taps(std::int64_t n, std::int64_t m, bool align_corners) {
  Taps taps{.inputs = n, .begin = {}, .first = {}, .weight = {}};
  const float scale = scale_of(n, m, align_corners);
  for (std::int64_t o = 0; o < m; ++o) {
    const float s = std::max(source_of(o, scale, align_corners), 0.0f);
    const std::int64_t i = std::min(static_cast<std::int64_t>(s), n - 1);
    const float l = std::min(s - static_cast<float>(i), 1.0f);
    const float w[2] = {1.0f - l, l};
    append_clamped(taps, i, w, l == 0.0f ? 1 : 2);
  }
  close(taps);
  return taps;
}

Taps bicubic_taps(std::int64_t n, std::int64_t m, bool align_corners) {
  Taps taps{.inputs = n, .begin = {}, .first = {}, .weight = {}};
  constexpr float a = -0.75f;  // PyTorch's choice without antialias
  const float scale = scale_of(n, m, align_corners);
  for (std::int64_t o = 0; o < m; ++o) {
    const float s = source_of(o, scale, align_corners), down = math::floor(s), t = s - down;
    const float back = 1.0f - t;
    const float w[4] = {cubic_far(t + 1.0f, a), cubic_near(t, a), cubic_near(back, a),
                        cubic_far(back + 1.0f, a)};
    const auto i = static_cast<std::int64_t>(down);
    if (t == 0.0f)
      append_clamped(taps, i, w + 1, 1);
    else
      append_clamped(taps, i - 1, w, 4);
  }
  close(taps);
  return taps;
}

Taps antialias_taps(std::int64_t n, std::int64_t m, AntialiasFilter filter) {
  Taps taps{.inputs = n, .begin = {}, .first = {}, .weight = {}};
  const float scale = scale_of(n, m, false), stretch = std::max(scale, 1.0f);
  const float support = filter == AntialiasFilter::triangle ? stretch : 2.0f * stretch;
  const float inverse = 1.0f / stretch;
  std::vector<float> w;
  for (std::int64_t o = 0; o < m; ++o) {
    const float centre = scale * (static_cast<float>(o) + 0.5f);
    const auto begin = static_cast<std::int64_t>(std::max((centre - support) + 0.5f, 0.0f));
    const auto end =
        static_cast<std::int64_t>(std::min((centre + support) + 0.5f, static_cast<float>(n)));
    w.clear();
    for (std::int64_t j = begin; j < end; ++j)
      w.push_back(filter_value(filter, ((static_cast<float>(j) - centre) + 0.5f) * inverse));
    append_filtered(taps, begin, w);
  }
  close(taps);
  return taps;
}

Taps transposed(const Taps& taps) {
  const auto n = static_cast<std::size_t>(taps.inputs);
  // the first and last output that each input goes into; between them every one has a tap, if only
  // of weight 0
  std::vector<std::int64_t> from(n, taps.outputs()), to(n, -1);
  for (std::size_t o = 0; o < taps.begin.size(); ++o)
    for (std::int64_t t = 0; t < taps.count(o); ++t) {
      const auto i = static_cast<std::size_t>(taps.begin[o] + t);
      from[i] = std::min(from[i], static_cast<std::int64_t>(o));
      to[i] = std::max(to[i], static_cast<std::int64_t>(o));
    }
  Taps back{.inputs = taps.outputs(), .begin = {}, .first = {}, .weight = {}};
  for (std::size_t i = 0; i < n; ++i) {
    back.begin.push_back(to[i] < 0 ? 0 : from[i]);
    close(back);
    for (std::int64_t o = from[i]; o <= to[i]; ++o) {
      const auto at = static_cast<std::size_t>(o);
      const std::int64_t t = static_cast<std::int64_t>(i) - taps.begin[at];
      const bool inside = t >= 0 && t < taps.count(at);
      back.weight.push_back(inside ? taps.weight[static_cast<std::size_t>(taps.first[at] + t)]
                                   : 0.0f);
    }
  }
  close(back);
  return back;
}

}  // namespace dact
