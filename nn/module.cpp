#include "nn/module.hpp"

#include <algorithm>
#include <cmath>

#include "tensor/digest.hpp"
#include "tensor/error.hpp"

namespace dact::nn {

// ---- walking

std::string Visitor::key_of(std::string_view name) const {
  return prefix_.empty() ? std::string(name) : prefix_ + "." + std::string(name);
}
void Visitor::param(std::string_view name, Var& v) {
  if (v.defined()) on_param(key_of(name), v);
}
void Visitor::buffer(std::string_view name, Var& v) {
  if (v.defined()) on_buffer(key_of(name), v);
}
void Visitor::alias(std::string_view name, Var& v) {
  if (v.defined()) on_alias(key_of(name), v);
}
void Visitor::child(std::string_view name, Module& m) {
  const std::string before = prefix_;
  prefix_ = key_of(name);
  on_module(prefix_, m);
  m.visit(*this);
  prefix_ = before;
}
void Visitor::on_buffer(const std::string&, Var&) {}
void Visitor::on_alias(const std::string&, Var&) {}
void Visitor::on_module(const std::string&, Module&) {}

void name_modules(Module& root, const std::string& prefix) {
  struct Namer final : Visitor {
    std::string prefix;
    void on_param(const std::string&, Var&) override {}
    void on_module(const std::string& key, Module& m) override {
      m.path_ = prefix.empty() ? key : prefix + "." + key;
    }
  } namer;
  namer.prefix = prefix;
  root.path_ = prefix;
  root.visit(namer);
}

void set_training(Module& root, bool on) {
  struct Switch final : Visitor {
    bool on = false;
    void on_param(const std::string&, Var&) override {}
    void on_module(const std::string&, Module& m) override { m.training_ = on; }
  } all;
  all.on = on;
  root.training_ = on;
  root.visit(all);
}

void fold_weights(Module& root) {
  struct Folder final : Visitor {
    void on_param(const std::string&, Var&) override {}
    void on_module(const std::string&, Module& m) override { m.fold_own_weights(); }
  } all;
  root.fold_own_weights();
  root.visit(all);
}

namespace {

struct Collector final : Visitor {
  std::vector<Named> found;
  bool all = false;  // buffers and aliases too
  void on_param(const std::string& key, Var& v) override { found.push_back({key, v, false}); }
  void on_buffer(const std::string& key, Var& v) override {
    if (all) found.push_back({key, v, true});
  }
  void on_alias(const std::string& key, Var& v) override {
    if (all) found.push_back({key, v, false});
  }
};

}  // namespace

std::vector<Named> parameters(Module& m) {
  Collector c;
  m.visit(c);
  return c.found;
}

std::vector<Named> state(Module& m) {
  Collector c;
  c.all = true;
  m.visit(c);
  return c.found;
}

std::int64_t parameter_count(Module& m) {
  std::int64_t n = 0;
  for (const Named& p : parameters(m)) n += p.var.value().numel();
  return n;
}

void zero_grad(Module& m) {
  for (Named& p : parameters(m)) p.var.zero_grad();
}

void set_requires_grad(Module& m, bool on) {
  for (Named& p : parameters(m)) p.var.set_requires_grad(on);
}

std::string weights_digest(Module& m) {
  Sha256 sha;
  for (const Named& p : state(m)) sha.update(p.key + "\t" + digest_of(p.var.value()) + "\n");
  return sha.finish();
}

StateDict state_dict(Module& m) {
  StateDict out;
  for (const Named& p : state(m)) out[p.key] = p.var.value();
  return out;
}

// ---- loading

namespace {

// The faults of one load, grouped; the whole list is the error's text.
struct Faults {
  std::string missing, unexpected, shape, dtype;
  bool any() const {
    return !(missing.empty() && unexpected.empty() && shape.empty() && dtype.empty());
  }
  std::string text() const {
    const auto part = [](const char* title, const std::string& list) {
      return list.empty() ? "" : std::string("\n  ") + title + ":" + list;
    };
    return "the tensors must fit the module by name and shape, got" + part("missing", missing) +
           part("unexpected", unexpected) + part("shape", shape) + part("dtype", dtype);
  }
};

bool convertible(DType from, DType to) {
  const auto floating = [](DType t) { return is_float(t) || t == DType::bf16 || t == DType::f16; };
  return from == to || (floating(from) && floating(to));
}

}  // namespace

void load_state_dict(Module& m, const StateDict& tensors, const std::string& prefix) {
  std::vector<Named> wanted = state(m);
  Faults faults;
  std::map<std::string, bool> known;
  for (const Named& p : wanted) {
    known[prefix + p.key] = true;
    const auto it = tensors.find(prefix + p.key);
    const Tensor& want = p.var.value();
    if (it == tensors.end())
      faults.missing += "\n    " + p.key + " " + want.str();
    else if (!(it->second.shape() == want.shape()))
      faults.shape +=
          "\n    " + p.key + " must be " + want.shape().str() + ", got " + it->second.shape().str();
    else if (!convertible(it->second.dtype(), want.dtype()))
      faults.dtype += "\n    " + p.key + " must be " + std::string(name_of(want.dtype())) +
                      ", got " + std::string(name_of(it->second.dtype()));
  }
  for (const auto& [key, t] : tensors)
    if (key.starts_with(prefix) && !known.contains(key))
      faults.unexpected += "\n    " + key + " " + t.str();
  if (faults.any())
    throw WeightsError(m.path().empty() ? "load_state_dict" : m.path(), faults.text());
  for (Named& p : wanted)
    p.var.set_value(
        tensors.at(prefix + p.key).to(p.var.dtype()).contiguous().to(p.var.value().device()));
}

void move_to(Module& m, Device device) {
  for (Named& p : state(m)) p.var.move_to(device);
}

Device device_of(const Module& m) {
  struct First final : Visitor {
    const Var* found = nullptr;
    void on_param(const std::string&, Var& v) override {
      if (found == nullptr) found = &v;
    }
  } first;
  const_cast<Module&>(m).visit(first);  // which changes nothing
  return first.found == nullptr ? Device::cpu : first.found->value().device();
}

Var input_of(const Module& m, const Tensor& x) { return Var(x.to(device_of(m))); }

// ---- the fill rule

std::vector<double> fill_uniform_values(std::string_view key, std::int64_t count,
                                        std::uint64_t seed) {
  const std::uint64_t base = fnv1a64(key) + seed * 0x9E3779B97F4A7C15ull;
  std::vector<double> u(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < u.size(); ++i) {
    std::uint64_t x = base + i + 0x9E3779B97F4A7C15ull;  // splitmix64 (Steele, Lea, Flood 2014)
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ull;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBull;
    x ^= x >> 31;
    u[i] = static_cast<double>(x >> 40) * (1.0 / 8388608.0) - 1.0;
  }
  return u;
}

namespace {

std::string_view rule_of(std::string_view key, const Shape& shape) {
  const std::string_view leaf = key.substr(key.rfind('.') + 1);
  if (leaf == "running_var" || leaf == "running_mean") return leaf;
  if (leaf == "num_batches_tracked") return "zeros";
  if (shape.rank() >= 2) return "matrix";
  return leaf == "weight" ? "weight" : "bias";
}

}  // namespace

Tensor fill_tensor(std::string_view key, const Shape& shape, std::uint64_t seed,
                   std::string_view rule) {
  if (rule.empty()) rule = rule_of(key, shape);
  const std::int64_t count = numel_of(shape, "fill");
  if (rule == "zeros") return zeros(shape);
  std::vector<double> v = fill_uniform_values(key, count, seed);
  const double bound =
      rule == "matrix"
          ? std::sqrt(3.0 / static_cast<double>(count / std::max<std::int64_t>(shape[0], 1)))
          : 0;
  for (double& u : v) {
    if (rule == "matrix")
      u = u * bound;
    else if (rule == "running_var")
      u = 1.0 + 0.5 * (u < 0 ? -u : u);
    else if (rule == "weight")
      u = 1.0 + 0.1 * u;
    else if (rule == "bias" || rule == "running_mean")
      u = 0.1 * u;
    else
      throw UsageError(
          "fill", "rule must be weight, bias, matrix, running_mean, running_var or zeros, got " +
                      std::string(rule));
  }
  return from_vector(v, shape).to(DType::f32);
}

void fill_by_name(Module& m, std::uint64_t seed,
                  const std::map<std::string, std::string>& overrides) {
  for (Named& p : state(m)) {
    const auto it = overrides.find(p.key);
    const std::string_view rule =
        it == overrides.end() ? std::string_view() : std::string_view(it->second);
    p.var.set_value(fill_tensor(p.key, p.var.shape(), seed, rule).to(p.var.dtype()));
  }
}

Var parameter(const Shape& shape, double value) {
  return Var(full(shape, value), /*requires_grad=*/true);
}

}  // namespace dact::nn
