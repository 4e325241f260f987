#include "autograd/audit/checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "autograd/audit/inputs.hpp"
#include "autograd/audit/run.hpp"
#include "tensor/cuda/card.hpp"
#include "tensor/device.hpp"
#include "tensor/digest.hpp"
#include "tensor/isa.hpp"
#include "tensor/parallel.hpp"

namespace dact::audit {

std::string_view name_of(Verdict verdict) {
  constexpr std::string_view names[] = {"pass", "fail", "n/a"};
  return names[static_cast<int>(verdict)];
}

namespace {

using Fault = std::optional<std::string>;

// Runs `fault_of(sample)` over the samples; the first fault fails the check.
template <class F>
CheckResult over_samples(const char* name, const OpDef& op, F&& fault_of) {
  CheckResult r{.check = name};
  const std::vector<Sample> samples = samples_of(op);
  if (samples.empty()) return {name, Verdict::fail, "the entry has no samples", 0, 0};
  for (const Sample& s : samples) {
    Fault fault;
    try {
      fault = fault_of(s);
    } catch (const Error& e) {
      fault = e.what();
    }
    if (fault) return {name, Verdict::fail, s.label + ": " + *fault, 0, 0};
  }
  return r;
}

Run run_f32(const OpDef& op, const Sample& s) { return run(op, s, make_inputs(op, s, DType::f32)); }

// Settings of the process, restored on every way out.
struct ThreadScope {
  explicit ThreadScope(int n) { set_thread_count(n); }
  ~ThreadScope() { set_thread_count(before); }
  int before = thread_count();
};
struct IsaScope {
  explicit IsaScope(Isa set) { set_isa(set); }
  ~IsaScope() { set_isa(before); }
  Isa before = isa();
};

// f32 runs of the same inputs under `vary(k)`, k = 0 .. count-1, all equal to the first.
template <class Inputs, class Vary>
Fault same_under(const OpDef& op, const Sample& s, Inputs&& inputs, std::size_t count,
                 Vary&& vary) {
  std::optional<Run> first;
  for (std::size_t k = 0; k < count; ++k) {
    const auto scope = vary(k);
    Run r = run(op, s, inputs());
    if (!first)
      first = std::move(r);
    else if (const auto d = difference(r, *first))
      return fmt::format("setting {}: {}", k, *d);
  }
  return std::nullopt;
}

}  // namespace

CheckResult check_rerun(const OpDef& op) {
  return over_samples("rerun", op,
                      [&](const Sample& s) { return difference(run_f32(op, s), run_f32(op, s)); });
}

CheckResult check_threads(const OpDef& op) {
  return over_samples("threads", op, [&](const Sample& s) {
    constexpr int counts[] = {1, 2, 3, 7};
    const Tensors in = make_inputs(op, s, DType::f32);
    return same_under(
        op, s, [&] { return in; }, std::size(counts),
        [&](std::size_t k) { return ThreadScope(counts[k]); });
  });
}

CheckResult check_isa(const OpDef& op) {
  const std::vector<Isa>& isas = available_isas();
  CheckResult r = over_samples("isa", op, [&](const Sample& s) {
    const Tensors in = make_inputs(op, s, DType::f32);
    return same_under(
        op, s, [&] { return in; }, isas.size(), [&](std::size_t k) { return IsaScope(isas[k]); });
  });
  if (r.verdict == Verdict::pass)
    for (const Isa set : isas)
      r.detail += (r.detail.empty() ? "" : ", ") + std::string(name_of(set));
  return r;
}

namespace {

bool batched(const Sample& s, const Tensors& in, std::size_t i) {
  return s.inputs[i].batched && in[i].defined() && in[i].rank() > 0;
}

// Number of samples that all batched inputs share; 0: this sample has no batch to take apart.
std::int64_t batch_size(const Sample& s, const Tensors& in) {
  std::int64_t n = 0;
  for (std::size_t i = 0; i < in.size(); ++i)
    if (batched(s, in, i)) {
      if (n != 0 && in[i].shape()[0] != n) return 0;
      n = in[i].shape()[0];
    }
  return n;
}

// Output k of `alone` (sample n by itself) against its rows of the batch's output.
Fault sample_difference(const Run& whole, const Run& alone, const Sample& s, const Tensors& in,
                        std::int64_t n) {
  for (std::size_t k = 0; k < whole.out.size(); ++k) {
    if (const auto d = difference(alone.out[k], whole.out[k].sliced(0, n, n + 1)))
      return fmt::format("sample {} alone: output {}: {}", n, k, *d);
  }
  for (std::size_t i = 0; i < in.size(); ++i) {
    if (!batched(s, in, i) || !whole.grads[i].defined()) continue;
    if (const auto d = difference(alone.grads[i], whole.grads[i].sliced(0, n, n + 1)))
      return fmt::format("sample {} alone: gradient of input {}: {}", n, i, *d);
  }
  return std::nullopt;
}

// The upstream gradient depends on the output's shape, so sample n alone gets row n of the batch's.
Run run_alone(const OpDef& op, const Sample& s, const Tensors& in, const Run& whole,
              std::int64_t n) {
  Vars vars;
  for (std::size_t i = 0; i < in.size(); ++i) {
    const Tensor t = batched(s, in, i) ? in[i].sliced(0, n, n + 1) : in[i];
    vars.push_back(t.defined() ? Var(t, differentiable(op) && is_float(t.dtype()) &&
                                            s.inputs[i].differentiable)
                               : Var());
  }
  const Vars out = call(op, vars, s.attrs);
  Vars roots;
  Tensors upstream;
  Run r;
  for (std::size_t k = 0; k < out.size(); ++k) {
    r.out.push_back(out[k].value());
    if (!out[k].requires_grad()) continue;
    roots.push_back(out[k]);
    upstream.push_back(make_upstream(op, s, k, whole.out[k]).sliced(0, n, n + 1));
  }
  if (!roots.empty()) backward(roots, upstream);
  for (const Var& v : vars) r.grads.push_back(v.defined() ? v.grad() : Tensor());
  return r;
}

}  // namespace

CheckResult check_batch(const OpDef& op) {
  if (op.mixes_batch)
    return {"batch", Verdict::not_applicable, "mixes the samples of a batch", 0, 0};
  int compared = 0;
  CheckResult r = over_samples("batch", op, [&](const Sample& s) -> Fault {
    const Tensors in = make_inputs(op, s, DType::f32);
    const std::int64_t batch = batch_size(s, in);
    if (batch < 2) return std::nullopt;
    const Run whole = run(op, s, in);
    for (const Tensor& t : whole.out)
      if (t.rank() == 0 || t.shape()[0] != batch)
        return fmt::format("output {} must have axis 0 of the batch, {}", t.str(), batch);
    ++compared;
    for (const std::int64_t n : {std::int64_t{0}, batch / 2, batch - 1})
      if (auto f = sample_difference(whole, run_alone(op, s, in, whole, n), s, in, n)) return f;
    return std::nullopt;
  });
  if (r.verdict == Verdict::pass && compared == 0)
    return {"batch", Verdict::fail, "no sample has a batch of two or more", 0, 0};
  return r;
}

namespace {

// Axis 0 of each float input repeated by stride 0, against the same values in full.
Fault broadcast_fault(const OpDef& op, const Sample& s, const Tensors& in) {
  Tensors views = in, copies = in;
  for (std::size_t i = 0; i < in.size(); ++i) {
    if (!in[i].defined() || in[i].rank() == 0 || in[i].shape()[0] < 2) continue;
    views[i] = in[i].sliced(0, 0, 1).expanded(in[i].shape());
    copies[i] = views[i].contiguous().clone();
  }
  if (const auto d = difference(run(op, s, views), run(op, s, copies)))
    return "broadcast views: " + *d;
  return std::nullopt;
}

}  // namespace

CheckResult check_layout(const OpDef& op) {
  return over_samples("layout", op, [&](const Sample& s) -> Fault {
    const Tensors in = make_inputs(op, s, DType::f32);
    const Run plain = run(op, s, in);
    for (const Layout layout : kLayouts) {
      Tensors moved;
      for (const Tensor& t : in) moved.push_back(in_other_layout(t, layout));
      if (const auto d = difference(run(op, s, moved), plain))
        return std::string(name_of(layout)) + ": " + *d;
    }
    return broadcast_fault(op, s, in);
  });
}

namespace {

// NaN where the oracle has NaN, the same infinities, and zeros of the same sign where the oracle is zero.
Fault special_difference(const Tensor& got, const Tensor& exact) {
  if (!is_float(got.dtype())) {
    const auto d = difference(got, exact);
    return d ? Fault(*d) : std::nullopt;
  }
  const std::vector<double> g = got.to(DType::f64).to_vector<double>(),
                            e = exact.to(DType::f64).to_vector<double>();
  for (std::size_t i = 0; i < e.size(); ++i) {
    const bool nan = std::isnan(g[i]) != std::isnan(e[i]);
    const bool inf = std::isinf(e[i]) && g[i] != e[i];
    const bool zero = e[i] == 0 && (g[i] != 0 || std::signbit(g[i]) != std::signbit(e[i]));
    if (nan || inf || zero)
      return fmt::format("index {}: {:.9g}, the f64 loops give {:.9g}", i, g[i], e[i]);
  }
  return std::nullopt;
}

}  // namespace

CheckResult check_special(const OpDef& op) {
  return over_samples("special", op, [&](const Sample& s) -> Fault {
    for (std::int64_t shift = 0; shift < 8; ++shift) {
      const Tensors in = with_special_values(s, make_inputs(op, s, DType::f32), shift);
      const Tensors in64 = with_special_values(s, make_inputs(op, s, DType::f64), shift);
      const Run f32 = run(op, s, in), f64 = run(op, s, in64);
      for (std::size_t k = 0; k < f32.out.size(); ++k)
        if (auto d = special_difference(f32.out[k], f64.out[k]))
          return fmt::format("output {}: {}", k, *d);
      for (const Isa set : available_isas()) {
        const IsaScope scope(set);
        const ThreadScope threads(set == Isa::portable ? 3 : 1);
        if (const auto d = difference(run(op, s, in), f32))
          return std::string(name_of(set)) + ": " + *d;
      }
      if (is_large(s)) break;  // one turn is enough there
    }
    return std::nullopt;
  });
}

CheckResult check_memory(const OpDef& op) {
  return over_samples("memory", op, [&](const Sample& s) -> Fault {
    const Tensors in = make_inputs(op, s, DType::f32);
    std::vector<std::string> before;
    for (const Tensor& t : in) before.push_back(t.defined() ? digest_of(t) : "");
    const Run plain = run(op, s, in);
    {
      const MemoryGuard guard;
      const Run guarded = run(op, s, in);
      if (const auto d = difference(guarded, plain)) return "fresh memory filled with NaN: " + *d;
      if (guard.damaged() != 0)
        return fmt::format("{} blocks were written outside", guard.damaged());
    }
    for (std::size_t i = 0; i < in.size(); ++i)
      if (in[i].defined() && digest_of(in[i]) != before[i])
        return fmt::format("input {} was written", i);
    return std::nullopt;
  });
}

CheckResult check_errors(const OpDef& op) {
  const std::vector<BadSample> bad = op.bad_samples ? op.bad_samples() : std::vector<BadSample>();
  if (bad.empty()) return {"errors", Verdict::fail, "the entry has no bad samples", 0, 0};
  for (const BadSample& b : bad) {
    const auto fail = [&](std::string why) {
      return CheckResult{"errors", Verdict::fail, b.label + ": " + why, 0, 0};
    };
    const Sample s{b.label, b.inputs, b.attrs};
    try {
      run(op, s, make_inputs(op, s, DType::f32));
    } catch (const Error& e) {
      if (e.kind() != b.kind)
        return fail(
            fmt::format("wanted {}, got {}: {}", name_of(b.kind), name_of(e.kind()), e.what()));
      for (const std::string& needle : b.needles)
        if (std::string_view(e.what()).find(needle) == std::string_view::npos)
          return fail(fmt::format("the text must hold \"{}\", got: {}", needle, e.what()));
      continue;
    }
    return fail("nothing was thrown");
  }
  return {"errors", Verdict::pass, fmt::format("{} bad calls", bad.size()), 0, 0};
}

CheckResult check_device(const OpDef& op) {
  if (backend() == nullptr) {
    static const cuda::CardStatus card = cuda::card_status();
    return {"device", Verdict::not_applicable,
            card.usable ? "the card is not in use (--device, DACT_DEVICE)" : card.text, 0, 0};
  }
  return over_samples("device", op, [&](const Sample& s) -> Fault {
    const MemoryGuard guard;  // of the emulator's memory; compute-sanitizer knows a card's
    if (auto fault = device_difference(op, s, make_inputs(op, s, DType::f32))) return fault;
    if (guard.damaged() != 0) return fmt::format("{} blocks were written outside", guard.damaged());
    return std::nullopt;
  });
}

const std::vector<NamedCheck>& all_checks() {
  static const std::vector<NamedCheck> checks = {
      {"accuracy", check_accuracy}, {"gradient", check_gradient}, {"rerun", check_rerun},
      {"threads", check_threads},   {"isa", check_isa},           {"batch", check_batch},
      {"layout", check_layout},     {"special", check_special},   {"memory", check_memory},
      {"errors", check_errors},     {"device", check_device}};
  return checks;
}

namespace {

// The reason for "name: reason" in OpDef::not_applicable, or empty.
std::string_view reason_for(const OpDef& op, std::string_view check) {
  for (const std::string_view entry : op.not_applicable)
    if (entry.starts_with(check) && entry.substr(check.size()).starts_with(": "))
      return entry.substr(check.size() + 2);
  return {};
}

}  // namespace

CheckResult run_check(const OpDef& op, const NamedCheck& check) {
  if (const std::string_view reason = reason_for(op, check.name); !reason.empty())
    return {std::string(check.name), Verdict::not_applicable, std::string(reason), 0, 0};
  try {
    return check.run(op);
  } catch (const std::exception& e) {
    return {std::string(check.name), Verdict::fail, e.what(), 0, 0};
  }
}

std::string digest_of_op(const OpDef& op) {
  Sha256 sha;
  for (const Sample& s : samples_of(op)) {
    const Run r = run_f32(op, s);
    const auto add = [&](const char* what, const Tensors& tensors) {
      for (std::size_t i = 0; i < tensors.size(); ++i)
        if (tensors[i].defined())
          sha.update(fmt::format("{}\t{} {}\t{}\n", s.label, what, i, digest_of(tensors[i])));
    };
    add("output", r.out);
    add("gradient", r.grads);
  }
  return sha.finish();
}

}  // namespace dact::audit
