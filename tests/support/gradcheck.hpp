// Derivatives of a function of Vars against central differences, for compositions that are no catalogue entry.
#pragma once
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

#include "autograd/ops.hpp"

namespace dact::test {

struct GradientReport {
  double worst = 0;    // |analytic - numeric| / (1e-7 + 1e-6 |numeric|)
  double largest = 0;  // analytic, by absolute value
};

/// fn of f64 inputs, its outputs weighted by fixed numbers and summed; at most `most` evenly spread elements of each
/// input are perturbed.
inline GradientReport gradient_report(const std::function<Var(const Vars&)>& fn,
                                      const std::vector<Tensor>& inputs, double h = 1e-5,
                                      std::int64_t most = 24) {
  const auto loss = [&](const Vars& in) {
    const Var y = fn(in);
    return sum(mul(y, Var(rand(y.shape(), {.seed = 11, .use = "upstream"}, false, DType::f64))));
  };
  Vars leaves;
  for (const Tensor& x : inputs) leaves.emplace_back(x, true);
  backward(loss(leaves));
  GradientReport report;
  const NoGrad no_grad;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    REQUIRE(leaves[i].grad().defined());
    const auto analytic = leaves[i].grad().to_vector<double>();
    const auto at = inputs[i].to_vector<double>();
    const std::int64_t n = inputs[i].numel(), step = std::max<std::int64_t>(1, n / most);
    for (std::int64_t k = 0; k < n; k += step) {
      const auto moved = [&](double by) {
        std::vector<double> x = at;
        x[static_cast<std::size_t>(k)] += by;
        Vars in;
        for (std::size_t j = 0; j < inputs.size(); ++j)
          in.emplace_back(j == i ? from_vector(x, inputs[i].shape()) : inputs[j]);
        return loss(in).item();
      };
      const double numeric = (moved(h) - moved(-h)) / (2 * h),
                   got = analytic[static_cast<std::size_t>(k)];
      const double error = std::fabs(got - numeric) / (1e-7 + 1e-6 * std::fabs(numeric));
      report.worst = std::isfinite(error) ? std::max(report.worst, error) : HUGE_VAL;
      report.largest = std::max(report.largest, std::fabs(got));
    }
  }
  return report;
}

}  // namespace dact::test
