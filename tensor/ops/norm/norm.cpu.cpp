#define DACT_ISA f64_oracle
#include <type_traits>

#include "tensor/isa.hpp"
#include "tensor/ops/norm/norm.kernels.hpp"
#include "tensor/ops/norm/norm.loops.hpp"

namespace dact::norm {

template <class T>
void forward(const T* x, const T* mean, const T* a, const T* d, bool silu,
             [[maybe_unused]] bool stream, T* y, std::int64_t pixels, std::int64_t c) {
  if constexpr (std::is_same_v<T, float>)
    DACT_PICK(norm_forward_f32)(x, mean, a, d, silu, stream, y, pixels, c);
  else
    f64_oracle::norm_forward_loop(x, mean, a, d, silu, y, pixels, c);
}

template <class T>
void upstream(const T* g, const T* x, const T* mean, const T* a, const T* d, T* gv,
              std::int64_t pixels, std::int64_t c) {
  if constexpr (std::is_same_v<T, float>)
    DACT_PICK(norm_upstream_f32)(g, x, mean, a, d, gv, pixels, c);
  else
    f64_oracle::norm_upstream_loop(g, x, mean, a, d, gv, pixels, c);
}

template <class T>
void chunk_sums(const T* gv, const T* x, const T* mean, T* s1, T* s2, std::int64_t pixels,
                std::int64_t c) {
  if constexpr (std::is_same_v<T, float>)
    DACT_PICK(norm_chunk_sums_f32)(gv, x, mean, s1, s2, pixels, c);
  else
    f64_oracle::norm_chunk_sums_loop(gv, x, mean, s1, s2, pixels, c);
}

template <class T>
void backward(const T* gv, const T* x, const T* mean, const T* a, const T* k1, const T* k2, T* dx,
              std::int64_t pixels, std::int64_t c) {
  if constexpr (std::is_same_v<T, float>)
    DACT_PICK(norm_backward_f32)(gv, x, mean, a, k1, k2, dx, pixels, c);
  else
    f64_oracle::norm_backward_loop(gv, x, mean, a, k1, k2, dx, pixels, c);
}

#define DACT_INSTANTIATE(T)                                                                   \
  template void forward(const T*, const T*, const T*, const T*, bool, bool, T*, std::int64_t, \
                        std::int64_t);                                                        \
  template void upstream(const T*, const T*, const T*, const T*, const T*, T*, std::int64_t,  \
                         std::int64_t);                                                       \
  template void chunk_sums(const T*, const T*, const T*, T*, T*, std::int64_t, std::int64_t); \
  template void backward(const T*, const T*, const T*, const T*, const T*, const T*, T*,      \
                         std::int64_t, std::int64_t);
DACT_INSTANTIATE(float)
DACT_INSTANTIATE(double)
#undef DACT_INSTANTIATE

}  // namespace dact::norm
