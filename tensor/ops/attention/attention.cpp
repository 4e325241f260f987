#include "tensor/ops/attention/attention.hpp"

#include <algorithm>
#include <cmath>

#include "tensor/isa.hpp"
#include "tensor/ops/attention/attention.kernels.hpp"
#include "tensor/ops/attention/attention.room.hpp"
#include "tensor/ops/contract/contract.device.hpp"
#include "tensor/ops/contract/contract.hpp"
#include "tensor/ops/matmul/matmul.hpp"
#include "tensor/ops/reduce/reduce.device.hpp"
#include "tensor/parallel.hpp"

namespace dact {
namespace attention_room {

double scale_of(double asked, std::int64_t width) {
  if (!std::isfinite(asked))
    throw UsageError("attention", "scale must be finite, got " + std::to_string(asked));
  return asked != 0 ? asked : 1 / std::sqrt(static_cast<double>(width));
}

Tensor whole_mask(const Tensor& mask, const Shape& q, const Shape& k) {
  return mask.defined() ? mask.expanded({q[0], q[1], q[2], k[2]}) : mask;
}

namespace {

/// A view whose last axis has stride 1; x itself where it already has.
Tensor side_by_side(const Tensor& x) {
  return x.size(3) <= 1 || x.strides()[3] == 1 ? x : x.contiguous();
}

/// Offset of head n = b * heads + h of [B, heads, tokens, width].
std::int64_t head_at(const Tensor& x, std::int64_t n) {
  const std::int64_t heads = x.size(1);
  return n / heads * x.strides()[0] + n % heads * x.strides()[1];
}

template <class T>
Head<T> head_of(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& mask, double scale,
                Tensor& out, T* to, std::int64_t n) {
  Head<T> h{q.data<T>() + head_at(q, n),
            k.data<T>() + head_at(k, n),
            v.data<T>() + head_at(v, n),
            q.strides()[2],
            k.strides()[2],
            v.strides()[2],
            q.size(2),
            k.size(2),
            q.size(3),
            v.size(3),
            static_cast<T>(scale),
            nullptr,
            0,
            0,
            to + head_at(out, n),
            out.strides()[2]};
  if (mask.defined()) {
    h.mask = mask.data<T>() + head_at(mask, n);
    h.mask_row = mask.strides()[2];
    h.mask_column = mask.strides()[3];
  }
  return h;
}

/// Queries [from, to) of one head, with the head's packed keys and values. `scores`: [to - from, keys].
void run_band(const Head<float>& h, const contract::Panels& keys, const float* packed_keys,
              const contract::Panels& values, const float* packed_values, std::int64_t from,
              std::int64_t to, float* scores, const contract::Kernels& kernels) {
  for (std::int64_t n = 0; n < keys.blocks(); ++n) {
    const Run run{h.q + from * h.q_step, h.q_step, h.width, packed_keys + keys.offset(n)};
    kernels.tiles(
        {&run, 1, to - from, keys.width(n), nullptr, scores + n * keys.lanes, h.keys, false});
  }
  DACT_PICK(attention_softmax)
  ({scores, to - from, h.keys, h.scale, h.mask ? h.mask + from * h.mask_row : nullptr, h.mask_row,
    h.mask_column});
  for (std::int64_t n = 0; n < values.blocks(); ++n) {
    const Run run{scores, h.keys, h.keys, packed_values + values.offset(n)};
    kernels.tiles({&run, 1, to - from, values.width(n), nullptr,
                   h.out + from * h.out_step + n * values.lanes, h.out_step, false});
  }
}

/// Heads [h0, h1): packs their keys and values, then takes the queries in bands.
template <class F>
void run_heads(std::int64_t h0, std::int64_t h1, const Head<float>& any, F&& head) {
  const contract::Kernels kernels = contract::kernels();
  const contract::Panels keys(any.keys, any.width), values(any.value_width, any.keys);
  const contract::Scratch packed_keys((h1 - h0) * keys.floats());
  const contract::Scratch packed_values((h1 - h0) * values.floats());
  const auto keys_of = [&](std::int64_t n) {
    return packed_keys.data() + (n - h0) * keys.floats();
  };
  const auto values_of = [&](std::int64_t n) {
    return packed_values.data() + (n - h0) * values.floats();
  };
  parallel_ranges(h1 - h0, 4, [&](std::int64_t from, std::int64_t to) {
    for (std::int64_t n = h0 + from; n < h0 + to; ++n) {
      const Head<float> h = head(n);
      contract::pack(keys, h.k, {h.k_step, 0, 1, 1, h.width}, keys_of(n));
      contract::pack(values, h.v, {1, 0, h.v_step, 1, h.keys}, values_of(n));
    }
  });
  // Whole tiles of queries whose scores stay in L2; enough bands for all threads.
  const std::int64_t fit = std::clamp<std::int64_t>(65536 / any.keys / kernels.pixels, 1, 4);
  const std::int64_t rows = fit * kernels.pixels;
  const std::int64_t bands = (any.queries + rows - 1) / rows;
  parallel_ranges((h1 - h0) * bands, 1, [&](std::int64_t begin, std::int64_t end) {
    const contract::Scratch scores(rows * any.keys);
    for (std::int64_t piece = begin; piece < end; ++piece) {
      const std::int64_t n = h0 + piece / bands, band = piece % bands;
      run_band(head(n), keys, keys_of(n), values, values_of(n), any.queries * band / bands,
               any.queries * (band + 1) / bands, scores.data(), kernels);
    }
  });
}

template <class F>
void run_f32(std::int64_t heads, F&& head) {
  const Head<float> any = head(0);
  // Packed keys and values of some heads at a time: 64 MiB
  const std::int64_t per_head = any.keys * (any.width + any.value_width + 64);
  const std::int64_t some = std::max<std::int64_t>(1, (std::int64_t{1} << 24) / per_head);
  for (std::int64_t h = 0; h < heads; h += some) run_heads(h, std::min(heads, h + some), any, head);
}

/// The heads of [B, heads, tokens, width] as matrices; `along`: lines are tokens, else terms are.
contract::Matrices heads_of(const Tensor& x, bool along) {
  const Strides& s = x.strides();
  return {.data = device_data<float>(x),
          .line = along ? s[2] : s[3],
          .term = along ? s[3] : s[2],
          .matrices = x.size(1),
          .inner = s[1],
          .outer = s[0]};
}

// Scores are stored whole, T x S floats a head.
void run_on_device(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& mask,
                   double scale, Tensor& out) {
  const std::int64_t batch = q.size(0) * q.size(1), queries = q.size(2), keys = k.size(2);
  Tensor scores = empty({q.size(0), q.size(1), queries, keys}, q.dtype(), q.device());
  contract::run_on_device({.name = "attention scores",
                           .batch = batch,
                           .rows = queries,
                           .columns = keys,
                           .terms = q.size(3),
                           .a = heads_of(q, true),
                           .b = heads_of(k, true),
                           .out = heads_of(scores, true)});
  const Tensor p = score_softmax_on_device(scores, mask, scale);
  out.mutate_address();
  contract::run_on_device({.name = "attention",
                           .batch = batch,
                           .rows = queries,
                           .columns = v.size(3),
                           .terms = keys,
                           .a = heads_of(p, true),
                           .b = heads_of(v, false),
                           .out = heads_of(out, true)});
}

void check_shapes(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& mask) {
  const std::string shapes = "q " + q.str() + ", k " + k.str() + ", v " + v.str();
  for (int axis : {0, 1})
    if (q.size(axis) != k.size(axis) || q.size(axis) != v.size(axis))
      throw ShapeError("attention", "batch and heads must be equal, got " + shapes);
  if (q.size(3) != k.size(3) || q.size(3) == 0)
    throw ShapeError("attention", "q and k must have the same width >= 1, got " + shapes);
  if (k.size(2) != v.size(2) || k.size(2) == 0)
    throw ShapeError("attention", "k and v must have the same number of keys >= 1, got " + shapes);
  if (!mask.defined()) return;
  require_rank("attention", "mask", mask, 4);
  require_same_kind("attention", q, mask);
  const Shape whole{q.size(0), q.size(1), q.size(2), k.size(2)};
  for (int axis = 0; axis < 4; ++axis)
    if (mask.size(axis) != whole[axis] && (mask.size(axis) != 1 || axis == 3))
      throw ShapeError("attention", "mask must be [B|1, heads|1, T|1, S] of " + whole.str() +
                                        ", got " + mask.str());
}

}  // namespace
}  // namespace attention_room

Tensor attention(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& mask,
                 const AttentionOptions& options) {
  using namespace attention_room;
  require_rank("attention", "q", q, 4);
  require_rank("attention", "k", k, 4);
  require_rank("attention", "v", v, 4);
  require_float("attention", "q", q);
  require_same_kind("attention", q, k);
  require_same_kind("attention", q, v);
  check_shapes(q, k, v, mask);
  const double scale = scale_of(options.scale, q.size(3));
  const std::int64_t batch = q.size(0), heads = q.size(1), queries = q.size(2), width = v.size(3);
  Tensor out =
      empty_strided({batch, heads, queries, width},
                    {queries * heads * width, width, heads * width, 1}, q.dtype(), q.device());
  if (out.numel() == 0) return out;
  const Tensor qs = side_by_side(q), ks = side_by_side(k), vs = side_by_side(v);
  const Tensor m = whole_mask(mask, q.shape(), k.shape());
  if (on_device(q)) {
    run_on_device(qs, ks, vs, m, scale, out);
    return out;
  }
  dispatch_float("attention", q, [&]<class T>() {
    T* to = out.mutate<T>();
    const auto head = [&](std::int64_t n) { return head_of<T>(qs, ks, vs, m, scale, out, to, n); };
    if constexpr (std::is_same_v<T, float>) {
      run_f32(batch * heads, head);
    } else {
      std::vector<T> weights(static_cast<std::size_t>(k.size(2)));
      for (std::int64_t n = 0; n < batch * heads; ++n) forward_plain(head(n), weights.data());
    }
  });
  return out;
}

const OpDef attention_op{
    .name = "attention",
    .equation = "o[t] = sum_s softmax_s(scale q[t].k[s] + mask[t,s]) v[s]",
    .group = OpGroup::product,
    .forward = [](std::span<const Tensor> in, const Attrs& a) -> Tensors {
      return {attention(in[0], in[1], in[2], in[3], {.scale = a.f64("scale")})};
    },
    .vjp = attention_room::vjp,
    .saves = Saves::all_inputs(),
    .samples = attention_room::samples,
    .bad_samples = attention_room::bad_samples,
    .tolerance = {Tolerance::Unit::scaled, 40},
    .cost = attention_room::cost,
};

}  // namespace dact
