#include "nn/init.hpp"

#include <cmath>

namespace dact::nn {
namespace {

std::string owner_of(const std::string& key) { return key.substr(0, key.rfind('.')); }

// Uniform in [-bound, bound): bound (2 u - 1).
Tensor uniform(const Var& like, double bound, std::uint64_t seed, const std::string& key) {
  Tensor t = rand(like.shape(), {.seed = seed, .use = key});
  float* p = t.mutate<float>();
  const auto b = static_cast<float>(bound);
  for (std::int64_t i = 0; i < t.numel(); ++i) p[i] = b * (2 * p[i] - 1);
  return t.to(like.dtype());
}

}  // namespace

void init_default(Module& m, std::uint64_t seed) {
  std::map<std::string, double> bounds;  // by owner: of its weight's fan-in
  for (const Named& p : parameters(m)) {
    const Shape& s = p.var.shape();
    if (s.rank() >= 2 && s[0] > 0)
      bounds[owner_of(p.key)] = 1 / std::sqrt(static_cast<double>(p.var.value().numel() / s[0]));
  }
  for (Named& p : parameters(m)) {
    const auto bound = bounds.find(owner_of(p.key));
    if (bound != bounds.end())
      p.var.set_value(uniform(p.var, bound->second, seed, p.key));
    else
      p.var.set_value(full(p.var.shape(), p.key.ends_with("weight") ? 1 : 0, p.var.dtype()));
  }
}

void init_zero(Module& m, const std::vector<std::string>& suffixes) {
  for (Named& p : parameters(m))
    for (const std::string& suffix : suffixes)
      if (owner_of(p.key).ends_with(suffix)) p.var.set_value(zeros(p.var.shape(), p.var.dtype()));
}

}  // namespace dact::nn
