#include "tensor/op.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "tensor/error.hpp"

namespace dact {

// ---- attributes

const Attr& Attrs::find(std::string_view name) const {
  for (const Attr& a : list_)
    if (a.name == name) return a;
  throw UsageError("attributes",
                   "attribute " + std::string(name) + " must be given, got {" + str() + "}");
}

bool Attrs::has(std::string_view name) const {
  return std::any_of(list_.begin(), list_.end(), [&](const Attr& a) { return a.name == name; });
}

void Attrs::set(Attr attr) {
  for (Attr& a : list_)
    if (a.name == attr.name) {
      a.value = std::move(attr.value);
      return;
    }
  list_.push_back(std::move(attr));
}

namespace {

template <class T>
const T& typed(const Attr& a, const char* type) {
  const T* v = std::get_if<T>(&a.value);
  if (!v)
    throw UsageError("attributes", "attribute " + std::string(a.name) + " must be of type " + type);
  return *v;
}

std::string shortest(double v) {
  // Shortest text that reads back as the same double.
  char text[40];
  for (int digits = 1; digits <= 17; ++digits) {
    std::snprintf(text, sizeof text, "%.*g", digits, v);
    if (std::strtod(text, nullptr) == v) break;
  }
  return text;
}

struct ToText {
  std::string operator()(bool v) const { return v ? "true" : "false"; }
  std::string operator()(std::int64_t v) const { return std::to_string(v); }
  std::string operator()(double v) const { return shortest(v); }
  std::string operator()(const std::string& v) const { return v; }
  std::string operator()(const std::vector<std::int64_t>& v) const {
    std::string s = "[";
    for (std::size_t i = 0; i < v.size(); ++i) s += (i ? ", " : "") + std::to_string(v[i]);
    return s + "]";
  }
};

}  // namespace

std::int64_t Attrs::i64(std::string_view name) const {
  return typed<std::int64_t>(find(name), "i64");
}
bool Attrs::flag(std::string_view name) const { return typed<bool>(find(name), "bool"); }
const std::string& Attrs::text(std::string_view name) const {
  return typed<std::string>(find(name), "text");
}
const std::vector<std::int64_t>& Attrs::ints(std::string_view name) const {
  return typed<std::vector<std::int64_t>>(find(name), "list of i64");
}
double Attrs::f64(std::string_view name) const {
  const Attr& a = find(name);
  if (const auto* i = std::get_if<std::int64_t>(&a.value)) return static_cast<double>(*i);
  return typed<double>(a, "f64");
}

std::string Attrs::str() const {
  std::string s;
  for (const Attr& a : list_)
    s += (s.empty() ? "" : ", ") + std::string(a.name) + "=" + std::visit(ToText{}, a.value);
  return s;
}

// ---- input recipes

InputSpec InputSpec::uniform(Shape shape, double low, double high) {
  InputSpec s;
  s.kind = Kind::uniform;
  s.shape = shape;
  s.low = low;
  s.high = high;
  return s;
}

InputSpec InputSpec::of(Shape shape, std::vector<double> values) {
  InputSpec s;
  s.kind = Kind::values;
  s.shape = shape;
  s.values = std::move(values);
  return s;
}

InputSpec InputSpec::integers(Shape shape, std::int64_t low, std::int64_t high, DType dtype) {
  InputSpec s = uniform(shape, static_cast<double>(low), static_cast<double>(high));
  s.kind = Kind::integers;
  s.dtype = dtype;
  s.differentiable = false;
  return s;
}

InputSpec InputSpec::boolean(Shape shape) {
  InputSpec s = integers(shape, 0, 2, DType::bool_);
  s.kind = Kind::boolean;
  return s;
}

InputSpec InputSpec::distinct(Shape shape) {
  InputSpec s;
  s.kind = Kind::distinct;
  s.shape = shape;
  return s;
}

InputSpec InputSpec::fixed() const {
  InputSpec s = *this;
  s.differentiable = false;
  return s;
}

InputSpec InputSpec::shared() const {
  InputSpec s = *this;
  s.batched = false;
  return s;
}

// ---- the catalogue

#define DACT_OP(name) extern const OpDef name##_op;
#include "op_list.inc"
#undef DACT_OP

namespace {
const OpDef* const kOps[] = {
#define DACT_OP(name) &name##_op,
#include "op_list.inc"
#undef DACT_OP
};
}  // namespace

std::span<const OpDef* const> all_ops() { return kOps; }

const OpDef* find_op(std::string_view name) {
  for (const OpDef* op : kOps)
    if (op->name == name) return op;
  return nullptr;
}

}  // namespace dact
