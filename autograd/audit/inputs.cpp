#include "autograd/audit/inputs.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <numeric>

namespace dact::audit {
namespace {

// A recipe's values as doubles that f32 represents.
std::vector<double> values_of(const InputSpec& spec, const RandomKey& key) {
  const auto n = static_cast<std::size_t>(numel_of(spec.shape, "sample"));
  if (spec.kind == InputSpec::Kind::values) {
    if (spec.values.size() != n)
      throw ShapeError("sample", "values must fill the shape " + spec.shape.str());
    return spec.values;
  }
  std::vector<float> u(n);
  fill_uniform(key, 0, u.data(), static_cast<std::int64_t>(n));
  std::vector<double> v(n);
  if (spec.kind == InputSpec::Kind::distinct) {
    std::vector<std::size_t> order(n);  // rank of each draw: a random permutation
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return u[a] < u[b]; });
    for (std::size_t i = 0; i < n; ++i)  // steps of 1/8 around 0, none nearer to 0 than 1/16
      v[order[i]] = 0.125 * (static_cast<double>(i) - static_cast<double>(n / 2)) + 0.0625;
    return v;
  }
  const bool whole = spec.kind != InputSpec::Kind::uniform;
  for (std::size_t i = 0; i < n; ++i) {
    const double x = spec.low + (spec.high - spec.low) * static_cast<double>(u[i]);
    v[i] = whole ? std::floor(x) : static_cast<double>(static_cast<float>(x));
  }
  return v;
}

Tensor make_input(const InputSpec& spec, const RandomKey& key, DType dtype) {
  if (spec.kind == InputSpec::Kind::none) return {};
  const Tensor exact = from_vector(values_of(spec, key), spec.shape);
  return exact.to(spec.dtype == DType::f32 ? dtype : spec.dtype);
}

std::string use_of(const OpDef& op, const Sample& sample) {
  return std::string(op.name) + "/" + sample.label;
}

}  // namespace

Tensors make_inputs(const OpDef& op, const Sample& sample, DType dtype) {
  const std::string use = use_of(op, sample);
  Tensors in;
  for (std::size_t i = 0; i < sample.inputs.size(); ++i)
    in.push_back(make_input(sample.inputs[i],
                            {.seed = 1, .use = use, .draw = static_cast<std::uint32_t>(i)}, dtype));
  return in;
}

Tensor make_upstream(const OpDef& op, const Sample& sample, std::size_t index, const Tensor& out) {
  const std::string use = use_of(op, sample);
  const RandomKey key{.seed = 2, .use = use, .draw = static_cast<std::uint32_t>(index)};
  return make_input(InputSpec::uniform(out.shape(), -1, 1), key, out.dtype()).to(out.device());
}

std::string_view name_of(Layout layout) {
  constexpr std::string_view names[] = {"gaps", "reversed axes", "offset", "channels-last"};
  return names[static_cast<int>(layout)];
}

Tensor in_other_layout(const Tensor& x, Layout layout) {
  if (!x.defined() || x.rank() == 0) return x;
  const double filler = is_float(x.dtype()) ? std::numeric_limits<double>::quiet_NaN() : 1e6;
  const int last = x.rank() - 1;
  Tensor view;
  switch (layout) {
    case Layout::gaps:  // every second element of a buffer twice as long
      view = full(x.shape().with(last, 2 * x.shape()[last] + 1), filler, x.dtype());
      view = view.sliced(last, 1, 2 * x.shape()[last] + 1, 2);
      break;
    case Layout::reversed: {  // axes stored in reverse order
      Shape shape;
      std::vector<int> order;
      for (int i = last; i >= 0; --i) {
        shape.push_back(x.shape()[i]);
        order.push_back(i);
      }
      view = full(shape, filler, x.dtype()).permuted(order);
      break;
    }
    case Layout::offset:  // a window inside a larger buffer, three elements in
      view = full(x.shape().with(0, x.shape()[0] + 4), filler, x.dtype())
                 .sliced(0, 3, x.shape()[0] + 3);
      break;
    case Layout::channels_last:
      if (x.rank() != 4) return x;
      view = empty_channels_last(x.shape(), x.dtype());
      break;
  }
  copy_to(view, x);
  return view;
}

Tensors with_special_values(const Sample& sample, const Tensors& in, std::int64_t shift) {
  constexpr double inf = std::numeric_limits<double>::infinity();
  constexpr double special[] = {
      std::numeric_limits<double>::quiet_NaN(), inf, -inf, 0.0, -0.0, 1e-40, 1.0, -1.0};
  Tensors out;
  for (std::size_t i = 0; i < in.size(); ++i) {
    if (!in[i].defined() || !is_float(in[i].dtype()) || !sample.inputs[i].differentiable) {
      out.push_back(in[i]);
      continue;
    }
    // 1e-40 is subnormal in f32; rounded here so that the f64 oracle sees the same number
    std::vector<float> v = in[i].to(DType::f32).to_vector<float>();
    for (std::size_t k = static_cast<std::size_t>(shift) % 3,
                     turn = static_cast<std::size_t>(shift);
         k < v.size(); k += 3, ++turn)
      v[k] = static_cast<float>(special[(turn + i) % std::size(special)]);
    out.push_back(from_vector(v, in[i].shape()).to(in[i].dtype()));
  }
  return out;
}

bool is_large(const Sample& sample) { return sample.label.starts_with("large"); }

std::vector<Sample> samples_of(const OpDef& op) {
  std::vector<Sample> samples = op.samples ? op.samples() : std::vector<Sample>();
  if (std::getenv("DACT_SMALL_SAMPLES")) std::erase_if(samples, is_large);
  return samples;
}

}  // namespace dact::audit
