#include "autograd/var.hpp"

#include <algorithm>
#include <chrono>

#include "autograd/observe.hpp"
#include "autograd/tape.hpp"
#include "tensor/device.hpp"
#include "tensor/error.hpp"
#include "tensor/parallel.hpp"

namespace dact {

namespace detail {
thread_local bool grad_mode = true;
thread_local bool recomputing = false;
// Set by apply() when, with recording off, it met a value that wants a gradient: how a checkpoint region learns
// whether anything inside it does.
thread_local bool met_gradient = false;
thread_local std::string path;
thread_local std::vector<Tap*> taps;
}  // namespace detail

Var::Var(Tensor value, bool requires_grad) : impl_(std::make_shared<VarImpl>()) {
  require_defined("Var", "value", value);
  if (requires_grad) require_float("Var", "value", value);
  impl_->value = std::move(value);
  impl_->requires_grad = requires_grad;
}

const Tensor& Var::value() const {
  if (!impl_) throw UsageError("Var", "value must be present, got an absent Var");
  return impl_->value;
}

bool Var::requires_grad() const { return impl_ && impl_->requires_grad; }

void Var::set_requires_grad(bool on) {
  if (!impl_ || impl_->node)
    throw UsageError("set_requires_grad", "only leaves can be frozen or thawed");
  if (on) require_float("set_requires_grad", "value", impl_->value);
  impl_->requires_grad = on;
}

const Tensor& Var::grad() const {
  if (!impl_) throw UsageError("Var", "value must be present, got an absent Var");
  return impl_->grad;
}

void Var::set_grad(Tensor grad) {
  if (grad.defined()) {
    require_same_shape("set_grad", value(), grad);
    require_same_kind("set_grad", value(), grad);
  }
  if (impl_) impl_->grad = std::move(grad);
}

void Var::retain_grad() {
  if (impl_) impl_->retain_grad = true;
}

void Var::set_value(Tensor value) {
  require_same_shape("set_value", this->value(), value);
  require_same_kind("set_value", this->value(), value);
  if (impl_->node) throw UsageError("set_value", "only leaves can be replaced");
  impl_->value = std::move(value);
}

void Var::move_to(Device device) {
  if (!impl_) return;
  if (impl_->node) throw UsageError("move_to", "only leaves can be moved");
  impl_->value = impl_->value.to(device);
  if (impl_->grad.defined()) impl_->grad = impl_->grad.to(device);
}

Var Var::detach() const { return Var(value()); }

NoGrad::NoGrad() : before_(detail::grad_mode) { detail::grad_mode = false; }
NoGrad::~NoGrad() { detail::grad_mode = before_; }
bool grad_enabled() { return detail::grad_mode; }
bool is_recomputing() { return detail::recomputing; }

PathScope::PathScope(std::string path) : before_(std::move(detail::path)) {
  detail::path = std::move(path);
}
PathScope::~PathScope() { detail::path = std::move(before_); }
const std::string& current_path() { return detail::path; }

Tap::Tap(std::string path) : path_(std::move(path)) { detail::taps.push_back(this); }
Tap::Tap(std::string path, Var replacement) : Tap(std::move(path)) {
  replacement_ = std::move(replacement);
}
Tap::~Tap() { std::erase(detail::taps, this); }

Var tap_point(std::string_view path, const Var& v) {
  Var out = v;
  for (Tap* tap : detail::taps) {
    if (tap->path_ != path) continue;
    tap->value_ = out;
    if (tap->replacement_.defined()) out = tap->replacement_;
  }
  return out;
}

namespace {

Tensors run_forward(const OpDef& op, const Tensors& values, const Attrs& attrs) {
  if (cancel_requested()) throw Cancelled(op.name, "stopped on request");
  const auto start = std::chrono::steady_clock::now();
  const FloatMode mode;  // round to nearest, subnormals kept, whatever the caller has set
  const OperatorScope running(op.name, values);
  Tensors out;
  try {
    out = op.forward(values, attrs);
  } catch (const Error& e) {
    if (detail::path.empty()) throw;
    throw_error(e.kind(), detail::path + " > " + e.what());
  }
  if (detail::observed()) {
    const std::chrono::duration<double, std::milli> ms = std::chrono::steady_clock::now() - start;
    detail::notify({op, detail::path, attrs, values, out, false, ms.count()});
  }
  return out;
}

// Keeps what `mask` names and notes its versions.
void keep(const Tensors& from, std::uint32_t mask, Tensors& to,
          std::vector<std::uint64_t>& versions) {
  to.resize(from.size());
  versions.resize(from.size());
  for (std::size_t i = 0; i < from.size(); ++i)
    if (mask >> std::min<std::size_t>(i, 31) & 1u) {
      to[i] = from[i];
      versions[i] = from[i].version();
    }
}

// Links fresh outputs to `node`.
Vars attach(const std::shared_ptr<Node>& node, const Tensors& out) {
  node->sequence = next_sequence();
  node->path = detail::path;
  node->mode = numerics();
  Vars vars;
  for (std::size_t k = 0; k < out.size(); ++k) {
    node->out_shapes.push_back(out[k].shape());
    node->out_dtypes.push_back(out[k].dtype());
    auto impl = std::make_shared<VarImpl>();
    impl->value = out[k];
    impl->requires_grad = is_float(out[k].dtype());
    impl->node = node;
    impl->output = static_cast<int>(k);
    node->outputs.push_back(impl);
    vars.emplace_back(std::move(impl));
  }
  return vars;
}

Vars leaves(const Tensors& out) {
  Vars vars;
  for (const Tensor& t : out) vars.emplace_back(t);
  return vars;
}

}  // namespace

Vars apply(const OpDef& op, std::span<const Var> in, const Attrs& attrs) {
  Tensors values;
  bool needs_grad = false;
  for (const Var& v : in) {
    values.push_back(v.defined() ? v.value() : Tensor());
    needs_grad = needs_grad || v.requires_grad();
  }
  const Tensors out = run_forward(op, values, attrs);
  if (needs_grad && !detail::grad_mode) detail::met_gradient = true;
  if (!needs_grad || !detail::grad_mode) return leaves(out);
  if (!op.vjp) {
    if (std::none_of(out.begin(), out.end(), [](const Tensor& t) { return is_float(t.dtype()); }))
      return leaves(out);
    throw UsageError(op.name, "has no derivative (" + std::string(op.no_gradient) +
                                  "), so no input may require one; detach() it");
  }
  auto node = std::make_shared<Node>();
  node->op = &op;
  node->attrs = attrs;
  for (const Var& v : in) node->edges.push_back(edge_of(v));
  for (const Tensor& t : values) node->in_shapes.push_back(t.shape());
  if (!values.empty()) node->dtype = values[0].dtype();
  keep(values, op.saves.inputs, node->in, node->in_versions);
  keep(out, op.saves.outputs, node->out, node->out_versions);
  return attach(node, out);
}

Var apply1(const OpDef& op, std::initializer_list<Var> in, const Attrs& attrs) {
  return apply(op, std::span(in.begin(), in.size()), attrs)[0];
}

Vars checkpoint_region(std::shared_ptr<const Region> region) {
  if (!detail::grad_mode) return region->run();
  const bool met_before = detail::met_gradient;
  detail::met_gradient = false;
  Vars plain;
  {
    const NoGrad forward_only;
    plain = region->run();
  }
  const bool needs_grad = detail::met_gradient;
  detail::met_gradient = met_before;
  if (!needs_grad) return plain;
  auto node = std::make_shared<Node>();
  node->region = std::move(region);
  Tensors out;
  for (const Var& v : plain) out.push_back(v.value());
  return attach(node, out);
}

}  // namespace dact
