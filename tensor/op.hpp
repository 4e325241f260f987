// What an operator is, as data. One OpDef per operator drives dispatch, gradients, every check, benchmarks, the audit
// and the table in the documentation.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "tensor/error.hpp"
#include "tensor/tensor.hpp"

namespace dact {

/// Typed attributes of one call, in the order given.
using AttrValue = std::variant<bool, std::int64_t, double, std::string, std::vector<std::int64_t>>;
struct Attr {
  std::string_view name;  // a literal
  AttrValue value;
  Attr(std::string_view n, bool v) : name(n), value(v) {}
  Attr(std::string_view n, int v) : name(n), value(std::int64_t{v}) {}
  Attr(std::string_view n, std::int64_t v) : name(n), value(v) {}
  Attr(std::string_view n, double v) : name(n), value(v) {}
  Attr(std::string_view n, const char* v) : name(n), value(std::string(v)) {}
  Attr(std::string_view n, std::string v) : name(n), value(std::move(v)) {}
  Attr(std::string_view n, std::vector<std::int64_t> v) : name(n), value(std::move(v)) {}
};
class Attrs {
 public:
  Attrs() = default;
  Attrs(std::initializer_list<Attr> list) : list_(list) {}
  /// UsageError when the attribute is missing or of another type.
  std::int64_t i64(std::string_view name) const;
  double f64(std::string_view name) const;
  bool flag(std::string_view name) const;
  const std::string& text(std::string_view name) const;
  const std::vector<std::int64_t>& ints(std::string_view name) const;
  bool has(std::string_view name) const;
  void set(Attr attr);  // adds or replaces
  /// "axis=1, keep_axis=true"
  std::string str() const;
  const std::vector<Attr>& list() const { return list_; }

 private:
  const Attr& find(std::string_view name) const;
  std::vector<Attr> list_;
};

/// What a derivative gets. `in` and `out` hold the tensors named by OpDef::saves, the others are undefined but for
/// shape and dtype, which `in_shapes` keeps. `grad[k]` is the gradient of the loss by output k (zeros when unused).
struct VjpCtx {
  std::span<const Tensor> in, out, grad;
  const Attrs& attrs;
  std::span<const Shape> in_shapes;
  std::span<const bool>
      wanted;   // wanted[i]: input i needs a gradient; the others may be left undefined
  DType dtype;  // of input 0
};

/// What a vjp reads again. Bit i = input (output) i.
struct Saves {
  std::uint32_t inputs = 0, outputs = 0;
  static constexpr Saves all_inputs() { return {0xffffffffu, 0}; }
  static constexpr Saves all() { return {0xffffffffu, 0xffffffffu}; }
  static constexpr Saves none() { return {}; }
};

// ---- samples: recipes for inputs, so that every check can make them in f32 or f64 with the same values.
struct InputSpec {
  enum class Kind { none, uniform, values, integers, distinct, boolean };
  Kind kind = Kind::none;
  Shape shape;
  double low = -1, high = 1;
  std::vector<double> values;  // Kind::values
  DType dtype = DType::f32;    // f32 here means "the dtype under test"
  bool differentiable = true;  // false: gradcheck does not move it
  bool batched = true;         // axis 0 is the sample axis (OpDef::mixes_batch == false)
  /// Uniform in [low, high).
  static InputSpec uniform(Shape shape, double low = -1, double high = 1);
  /// The given values, row-major.
  static InputSpec of(Shape shape, std::vector<double> values);
  /// i64 integers in [low, high).
  static InputSpec integers(Shape shape, std::int64_t low, std::int64_t high,
                            DType dtype = DType::i64);
  static InputSpec boolean(Shape shape);
  /// All elements at least 1/16 apart and away from 0, in random order: for max, sort, abs, relu.
  static InputSpec distinct(Shape shape);
  static InputSpec absent() { return {}; }
  InputSpec fixed() const;   // not differentiable
  InputSpec shared() const;  // not batched: a weight
};
struct Sample {
  std::string label;
  std::vector<InputSpec> inputs;
  Attrs attrs = {};
};
/// A call that must throw `kind` with all `needles` in its text.
struct BadSample {
  std::string label;
  std::vector<InputSpec> inputs;
  Attrs attrs;
  ErrorKind kind;
  std::vector<std::string> needles;
};

/// How far a f32 result may be from the f64 loops on the same inputs.
struct Tolerance {
  enum class Unit {
    ulp,  // per element, in units in the last place of the exact result
    scaled,  // largest difference over the output, in units of 2^-24 * largest entry of the exact output
    exact  // equal
  };
  Unit unit = Unit::ulp;
  double bound = 1;
  double gradcheck_rtol = 1e-6;  // wider only with a reason in the spec
  std::string_view gradcheck_why = "";
};

struct Cost {
  double flops = 0, bytes = 0;
};

enum class OpGroup { elementwise, reduction, product, index, image, norm, loss, random };

struct OpDef {
  std::string_view name;
  std::string_view equation;
  OpGroup group = OpGroup::elementwise;
  /// Inputs as in the docstring's order; an absent optional one is an undefined Tensor.
  Tensors (*forward)(std::span<const Tensor> in, const Attrs& attrs) = nullptr;
  /// One gradient per input (undefined where none exists or none is wanted). nullptr: see no_gradient.
  Tensors (*vjp)(const VjpCtx&) = nullptr;
  std::string_view no_gradient = "";  // why vjp is nullptr
  Saves saves = Saves::all_inputs();
  /// false: sample n of every output and input gradient depends on sample n of the batched inputs alone.
  bool mixes_batch = false;
  /// The vjp of a per-sample operator may still mix samples for inputs that are not batched (weights).
  std::vector<Sample> (*samples)() = nullptr;
  std::vector<BadSample> (*bad_samples)() = nullptr;
  Tolerance tolerance = {};
  Cost (*cost)(std::span<const Tensor> in, std::span<const Tensor> out,
               const Attrs& attrs) = nullptr;
  /// Set by entries of autograd/composite: built from other entries, gradient free.
  bool composite = false;
  /// Checks that cannot apply, "name: reason" each; shown as n/a. Names: see autograd/audit/checks.hpp.
  std::vector<std::string_view> not_applicable = {};
};

/// All primitives, sorted by name.
std::span<const OpDef* const> all_ops();
/// nullptr when there is none.
const OpDef* find_op(std::string_view name);

}  // namespace dact
