// Kernels of the optimisers (nn/optim), here because they are numbers alone; each element's arithmetic is also what the CPU's loops run.
#pragma once
#include "tensor/cuda/kernel.hpp"
#include "tensor/math_bits.hpp"

namespace dact::cuda {

struct SgdKernel {
  float* p;
  const float* g;
  float* m;  // or null
  float lr, decay, momentum;
  bool decays, nesterov, first;
  DACT_INLINE void operator()(std::int64_t k) const {
    const float d = decays ? g[k] + decay * p[k] : g[k];
    float move = d;
    if (m) {
      m[k] = first ? d : momentum * m[k] + d;
      move = nesterov ? d + momentum * m[k] : m[k];
    }
    p[k] = p[k] - lr * move;
  }
};

struct AdamKernel {
  float* p;
  const float* g;
  float *m, *v;
  float b1, c1, b2, c2, rate, root, eps, decay, keep;
  bool decays, decoupled;
  DACT_INLINE void operator()(std::int64_t k) const {
    const float before = decays && decoupled ? p[k] * keep : p[k];
    const float d = decays && !decoupled ? g[k] + decay * p[k] : g[k];
    m[k] = b1 * m[k] + c1 * d;
    v[k] = b2 * v[k] + c2 * d * d;
    p[k] = before - rate * m[k] / (math::sqrt(v[k]) / root + eps);
  }
};

struct EmaKernel {
  float* shadow;
  const float* value;
  float keep, take;
  DACT_INLINE void operator()(std::int64_t k) const {
    shadow[k] = keep * shadow[k] + take * value[k];
  }
};

}  // namespace dact::cuda
