#include "autograd/audit/run.hpp"

#include <fmt/format.h>

#include <bit>
#include <cstring>

#include "autograd/audit/inputs.hpp"

namespace dact::audit {

Run run(const OpDef& op, const Sample& sample, const Tensors& in, double upstream_scale) {
  const bool with_grad = differentiable(op);
  Vars vars;
  for (std::size_t i = 0; i < in.size(); ++i) {
    const bool wants =
        with_grad && in[i].defined() && is_float(in[i].dtype()) && sample.inputs[i].differentiable;
    vars.push_back(in[i].defined() ? Var(in[i], wants) : Var());
  }
  const Vars out = call(op, vars, sample.attrs);
  Run r;
  Vars roots;
  Tensors upstream;
  for (std::size_t k = 0; k < out.size(); ++k) {
    r.out.push_back(out[k].value());
    if (!out[k].requires_grad()) continue;
    Tensor g = make_upstream(op, sample, k, out[k].value());
    if (upstream_scale != 1) {
      std::vector<double> v = g.to(DType::f64).to_vector<double>();
      for (double& x : v) x *= upstream_scale;
      g = from_vector(v, g.shape()).to(g.dtype());
    }
    roots.push_back(out[k]);
    upstream.push_back(g);
  }
  if (!roots.empty()) backward(roots, upstream);
  for (const Var& v : vars) r.grads.push_back(v.defined() ? v.grad() : Tensor());
  return r;
}

namespace {

// Bits of element `index` of a contiguous tensor, any NaN made one.
std::uint64_t bits_of(const Tensor& x, std::int64_t index) {
  std::uint64_t bits = 0;
  const std::size_t size = size_of(x.dtype());
  std::memcpy(&bits,
              static_cast<const std::byte*>(x.raw_data()) + static_cast<std::size_t>(index) * size,
              size);
  if (x.dtype() == DType::f32 && (bits & 0x7fffffffu) > 0x7f800000u) return 0x7fc00000u;
  if (x.dtype() == DType::f64 && (bits & ~(1ull << 63)) > 0x7ffull << 52) return 0x7ff8ull << 48;
  return bits;
}

}  // namespace

std::string show_value(const Tensor& x, std::int64_t index) {
  const Tensor dense = x.contiguous();
  const double v = dense.reshaped({-1}).sliced(0, index, index + 1).item();
  return fmt::format("{:.9g} ({:0{}x})", v, bits_of(dense, index), 2 * size_of(x.dtype()));
}

std::optional<std::string> difference(const Tensor& a, const Tensor& b) {
  if (a.defined() != b.defined() || !(a.shape() == b.shape()) || a.dtype() != b.dtype())
    return fmt::format("{} against {}", a.str(), b.str());
  if (!a.defined()) return std::nullopt;
  const Tensor x = a.contiguous(), y = b.contiguous();
  const std::size_t bytes = static_cast<std::size_t>(x.numel()) * size_of(x.dtype());
  if (bytes == 0 || std::memcmp(x.raw_data(), y.raw_data(), bytes) == 0) return std::nullopt;
  for (std::int64_t i = 0; i < x.numel(); ++i)
    if (bits_of(x, i) != bits_of(y, i))
      return fmt::format("{} index {}: {} against {}", x.str(), i, show_value(x, i),
                         show_value(y, i));
  return std::nullopt;
}

std::optional<std::string> difference(const Run& a, const Run& b) {
  const auto all = [](const Tensors& x, const Tensors& y,
                      const char* what) -> std::optional<std::string> {
    if (x.size() != y.size()) return fmt::format("{} {}s against {}", x.size(), what, y.size());
    for (std::size_t i = 0; i < x.size(); ++i)
      if (const auto d = difference(x[i], y[i])) return fmt::format("{} {}: {}", what, i, *d);
    return std::nullopt;
  };
  if (auto d = all(a.out, b.out, "output")) return d;
  return all(a.grads, b.grads, "gradient of input");
}

namespace {

// The same view of the same memory, on the device.
Tensor view_on_device(const Tensor& x) {
  if (!x.defined()) return x;
  const auto count = static_cast<std::int64_t>(x.storage()->bytes() / size_of(x.dtype()));
  const Tensor whole(x.storage(), x.dtype(), {count}, {1}, 0);
  return Tensor(whole.to(Device::cuda).storage(), x.dtype(), x.shape(), x.strides(), x.offset());
}

// Moves what a run on the device gave to the host; what was not there is a fault.
std::optional<std::string> bring_home(Tensors& tensors, const char* what) {
  for (Tensor& x : tensors) {
    if (x.defined() && x.device() != Device::cuda)
      return fmt::format("{} {} left the device", what, x.str());
    x = x.to(Device::cpu);
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> device_difference(const OpDef& op, const Sample& sample,
                                             const Tensors& in) {
  Tensors there;
  for (const Tensor& x : in) there.push_back(view_on_device(x));
  Run device = run(op, sample, there);
  if (auto fault = bring_home(device.out, "output")) return fault;
  if (auto fault = bring_home(device.grads, "gradient")) return fault;
  return difference(device, run(op, sample, in));
}

}  // namespace dact::audit
