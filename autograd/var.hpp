// Var: a Tensor that remembers how it was made. Read tape.cpp next: it is the whole of reverse-mode differentiation.
#pragma once
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "tensor/op.hpp"

namespace dact {

struct VarImpl;
struct Node;
class Var;
using Vars = std::vector<Var>;

/// A value in the graph. Copies share the value, its gradient and its history. Default-constructed: absent (an
/// optional operand).
class Var {
 public:
  Var() = default;
  /// A leaf. With requires_grad, backward() leaves its gradient in grad().
  explicit Var(Tensor value, bool requires_grad = false);

  bool defined() const { return impl_ != nullptr; }
  const Tensor& value() const;
  const Shape& shape() const { return value().shape(); }
  DType dtype() const { return value().dtype(); }
  std::int64_t size(int axis) const { return value().size(axis); }
  double item() const { return value().item(); }

  bool requires_grad() const;
  /// Leaves only (UsageError otherwise): freeze or thaw a parameter. Frozen parameters cost no gradient memory.
  void set_requires_grad(bool on);
  /// The gradient that backward() left; undefined when there is none.
  const Tensor& grad() const;
  void set_grad(Tensor grad);
  void zero_grad() { set_grad({}); }
  /// Makes backward() keep the gradient of a value that is not a leaf.
  void retain_grad();
  /// Replaces a leaf's value: optimisers and loaders. Same shape and dtype (ShapeError, DtypeError).
  void set_value(Tensor value);
  /// Value and gradient of a leaf on another device; the leaf stays the same for its optimiser. UsageError otherwise.
  void move_to(Device device);
  /// The same value without history.
  Var detach() const;

  const std::shared_ptr<VarImpl>& impl() const { return impl_; }
  explicit Var(std::shared_ptr<VarImpl> impl) : impl_(std::move(impl)) {}

 private:
  std::shared_ptr<VarImpl> impl_;
};

/// The one way to run an operator: forward, observers (trace, guard, digests, timing), tape. `in` may hold absent
/// Vars. Errors get the module path in front.
Vars apply(const OpDef& op, std::span<const Var> in, const Attrs& attrs = {});
/// Same, for operators with one output.
Var apply1(const OpDef& op, std::initializer_list<Var> in, const Attrs& attrs = {});

/// Gradients of `loss` (one element) by every leaf that requires one, added to what their grad() holds. The pass
/// first completes each leaf's gradient, then adds: so micro-batches add in ascending order (NUMERICS.md 10).
/// Several uses of a value contribute in reverse creation order. Frees the graph behind it unless `keep_graph`.
void backward(const Var& loss, bool keep_graph = false);
/// With a given upstream gradient per output (shapes and dtypes of the outputs).
void backward(std::span<const Var> outputs, std::span<const Tensor> upstream,
              bool keep_graph = false);

/// While alive on this thread, apply() records nothing and keeps nothing.
class NoGrad {
 public:
  NoGrad();
  ~NoGrad();
  NoGrad(const NoGrad&) = delete;
  NoGrad& operator=(const NoGrad&) = delete;

 private:
  bool before_;
};
bool grad_enabled();

// ---- checkpoint regions: forward keeps only the inputs; backward runs the region again.

/// What backward() re-runs. Made by checkpoint() from any callable.
struct Region {
  virtual ~Region() = default;
  virtual Vars run() const = 0;
};
Vars checkpoint_region(std::shared_ptr<const Region> region);
/// True while a region runs again: side effects (running statistics) must not happen twice.
bool is_recomputing();

/// fn(inputs) without keeping its intermediate values; gradients are those of the plain call, bit for bit. `fn` is
/// copied and must be a pure function of `inputs` and of what it captures. Regions may nest.
template <class F>
Vars checkpoint(F fn, Vars inputs) {
  struct Held final : Region {
    F fn;
    Vars inputs;
    Held(F f, Vars in) : fn(std::move(f)), inputs(std::move(in)) {}
    Vars run() const override { return fn(std::span<const Var>(inputs)); }
  };
  return checkpoint_region(std::make_shared<Held>(std::move(fn), std::move(inputs)));
}

// ---- the module path, for errors, traces and taps

/// Names what runs now on this thread: "unet.input_blocks.4.0". Scopes nest by replacement: modules know their whole
/// path.
class PathScope {
 public:
  explicit PathScope(std::string path);
  ~PathScope();
  PathScope(const PathScope&) = delete;
  PathScope& operator=(const PathScope&) = delete;

 private:
  std::string before_;
};
const std::string& current_path();

/// Captures, and where asked replaces, the value that passes the point `path` while alive on this thread. Modules
/// pass their outputs through tap_point().
class Tap {
 public:
  explicit Tap(std::string path);
  Tap(std::string path, Var replacement);
  ~Tap();
  Tap(const Tap&) = delete;
  Tap& operator=(const Tap&) = delete;
  /// The last value that passed (before replacement); absent when none did.
  const Var& value() const { return value_; }

 private:
  friend Var tap_point(std::string_view path, const Var& v);
  std::string path_;
  Var replacement_, value_;
};
Var tap_point(std::string_view path, const Var& v);

}  // namespace dact
