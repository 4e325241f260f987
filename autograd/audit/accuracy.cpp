// Accuracy and gradient: the two checks that compare numbers with numbers, not bits with bits.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "autograd/audit/checks.hpp"
#include "autograd/audit/inputs.hpp"
#include "autograd/audit/run.hpp"

namespace dact::audit {
namespace {

constexpr double kHalfUlp = 1.0 / 16777216.0;  // 2^-24, the unit round-off of f32

// Distance of neighbouring floats around `exact`, 2^-149 at least.
double ulp_of(double exact) {
  int exponent = 0;
  std::frexp(std::fabs(static_cast<double>(static_cast<float>(exact))), &exponent);
  return std::ldexp(1.0, std::max(exponent - 24, -149));
}

struct Worst {
  double error = 0;
  std::string where;
};

// Largest error of f32 `got` against f64 `exact` in the unit asked for; infinity where NaN or infinities differ.
Worst worst_error(const Tensor& got, const Tensor& exact, Tolerance::Unit unit) {
  const std::vector<double> g = got.to(DType::f64).to_vector<double>(),
                            e = exact.to(DType::f64).to_vector<double>();
  double largest = 0;
  for (const double v : e)
    if (std::isfinite(v)) largest = std::max(largest, std::fabs(v));
  Worst w;
  for (std::size_t i = 0; i < e.size(); ++i) {
    const bool same = g[i] == e[i] || (std::isnan(g[i]) && std::isnan(e[i]));
    double error = same ? 0 : std::fabs(g[i] - e[i]);
    if (!same && unit == Tolerance::Unit::ulp) error /= ulp_of(e[i]);
    if (!same && unit == Tolerance::Unit::scaled) error /= kHalfUlp * largest;
    if (!same && !std::isfinite(error)) error = HUGE_VAL;
    if (error > w.error) w = {error, fmt::format("index {}: {:.9g}, exact {:.17g}", i, g[i], e[i])};
  }
  return w;
}

}  // namespace

CheckResult check_accuracy(const OpDef& op) {
  constexpr double kGradBound =
      256;  // 1.5e-5 of the largest entry: a wrong formula is off by 1e-3 and more
  CheckResult r{.check = "accuracy",
                .bound = op.tolerance.unit == Tolerance::Unit::exact ? 0 : op.tolerance.bound};
  for (const Sample& s : samples_of(op)) {
    const Run f32 = run(op, s, make_inputs(op, s, DType::f32)),
              f64 = run(op, s, make_inputs(op, s, DType::f64));
    for (std::size_t k = 0; k < f32.out.size(); ++k) {
      const bool exact = !is_float(f32.out[k].dtype());
      const Worst w =
          worst_error(f32.out[k], f64.out[k], exact ? Tolerance::Unit::exact : op.tolerance.unit);
      r.worst = std::max(r.worst, w.error);
      if (w.error > (exact ? 0 : r.bound) && r.verdict == Verdict::pass) {
        r.verdict = Verdict::fail;
        r.detail = fmt::format("{}: output {} is {:.3g} off, bound {:.3g}; {}", s.label, k, w.error,
                               r.bound, w.where);
      }
    }
    for (std::size_t i = 0; i < f32.grads.size(); ++i) {
      if (!f32.grads[i].defined() || !f64.grads[i].defined()) continue;
      const Worst w = worst_error(f32.grads[i], f64.grads[i], Tolerance::Unit::scaled);
      if (w.error > kGradBound && r.verdict == Verdict::pass) {
        r.verdict = Verdict::fail;
        r.detail =
            fmt::format("{}: gradient of input {} is {:.3g} * 2^-24 off its largest entry; {}",
                        s.label, i, w.error, w.where);
      }
    }
  }
  const double loosest = std::max(1.0, 4 * r.worst);
  if (r.verdict == Verdict::pass && r.bound > loosest && !std::getenv("DACT_SMALL_SAMPLES")) {
    r.verdict = Verdict::fail;
    r.detail =
        fmt::format("bound {:.3g} is more than 4 times the worst error {:.3g}", r.bound, r.worst);
  }
  return r;
}

namespace {

// sum over outputs of <upstream, out>: the scalar whose derivative is checked.
double objective(const OpDef& op, const Sample& s, const Tensors& in, const Tensors& upstream) {
  Vars vars;
  for (const Tensor& t : in) vars.push_back(t.defined() ? Var(t) : Var());
  const NoGrad plain;
  const Vars out = call(op, vars, s.attrs);
  double total = 0;
  for (std::size_t k = 0; k < out.size(); ++k) {
    if (out[k].dtype() != DType::f64) continue;
    const std::vector<double> y = out[k].value().to_vector<double>(),
                              g = upstream[k].to_vector<double>();
    for (std::size_t i = 0; i < y.size(); ++i) total += y[i] * g[i];
  }
  return total;
}

// Central difference of the objective by element `k` of input `i`.
double central_difference(const OpDef& op, const Sample& s, const Tensors& in,
                          const Tensors& upstream, std::size_t i, std::size_t k) {
  std::vector<double> v = in[i].to_vector<double>();
  const double x = v[k], h = 1e-4 * std::max(1.0, std::fabs(x));
  Tensors moved = in;
  const auto at = [&](double to) {
    v[k] = to;
    moved[i] = from_vector(v, in[i].shape());
    return objective(op, s, moved, upstream);
  };
  const double up = at(x + h), down = at(x - h);
  return (up - down) / ((x + h) - (x - h));
}

struct GradcheckResult {
  double worst = 0, largest = 0;  // error over (atol + rtol |numeric|); largest |gradient|
  std::string where;
};

GradcheckResult gradcheck(const OpDef& op, const Sample& s) {
  constexpr double kAtol =
      1e-7;  // truncation h^2 f''' of f about 1, times the sample's few outputs
  const Tensors in = make_inputs(op, s, DType::f64);
  const Run r = run(op, s, in);
  Tensors upstream;
  for (std::size_t k = 0; k < r.out.size(); ++k)
    upstream.push_back(is_float(r.out[k].dtype()) ? make_upstream(op, s, k, r.out[k]) : Tensor());
  GradcheckResult result;
  for (std::size_t i = 0; i < in.size(); ++i) {
    if (!in[i].defined() || !is_float(in[i].dtype()) || !s.inputs[i].differentiable) continue;
    if (!r.grads[i].defined()) {
      if (in[i].numel() > 0) return {HUGE_VAL, 0, fmt::format("input {} has no gradient", i)};
      continue;
    }
    const std::vector<double> analytic = r.grads[i].to_vector<double>();
    for (std::size_t k = 0; k < analytic.size(); ++k) {
      const double numeric = central_difference(op, s, in, upstream, i, k);
      double error = std::fabs(analytic[k] - numeric) /
                     (kAtol + op.tolerance.gradcheck_rtol * std::fabs(numeric));
      if (!std::isfinite(error)) error = HUGE_VAL;
      result.largest = std::max(result.largest, std::fabs(analytic[k]));
      if (error > result.worst)
        result = {
            error, result.largest,
            fmt::format("input {} element {}: derivative {:.12g}, difference quotient {:.12g}", i,
                        k, analytic[k], numeric)};
    }
  }
  return result;
}

// vjp(2g) = 2 vjp(g), exactly; vjp(0) = 0.
std::string linearity_fault(const OpDef& op, const Sample& s) {
  const Tensors in = make_inputs(op, s, DType::f64);
  const Run one = run(op, s, in), two = run(op, s, in, 2), none = run(op, s, in, 0);
  for (std::size_t i = 0; i < one.grads.size(); ++i) {
    if (!one.grads[i].defined()) continue;
    const std::vector<double> a = one.grads[i].to_vector<double>(),
                              b = two.grads[i].to_vector<double>(),
                              z = none.grads[i].to_vector<double>();
    for (std::size_t k = 0; k < a.size(); ++k) {
      if (b[k] != 2 * a[k])
        return fmt::format("gradient of input {} is not linear in the upstream gradient", i);
      if (z[k] != 0)
        return fmt::format("gradient of input {} is not zero for a zero upstream gradient", i);
    }
  }
  return "";
}

}  // namespace

CheckResult check_gradient(const OpDef& op) {
  CheckResult r{.check = "gradient", .bound = 1};
  if (!differentiable(op)) {
    r.verdict = op.no_gradient.empty() ? Verdict::fail : Verdict::not_applicable;
    r.detail =
        op.no_gradient.empty() ? "no derivative and no reason given" : std::string(op.no_gradient);
    return r;
  }
  double largest = 0;
  for (const Sample& s : samples_of(op)) {
    if (is_large(s)) continue;
    const GradcheckResult g = gradcheck(op, s);
    largest = std::max(largest, g.largest);
    r.worst = std::max(r.worst, g.worst);
    std::string fault = g.worst > 1 ? g.where : linearity_fault(op, s);
    if (!fault.empty()) {
      r.verdict = Verdict::fail;
      r.detail = s.label + ": " + fault;
      return r;
    }
  }
  if (largest <= 1e-3) {
    r.verdict = Verdict::fail;
    r.detail = "no gradient exceeds 1e-3: the samples prove nothing";
  }
  return r;
}

}  // namespace dact::audit
