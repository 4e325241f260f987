// Raw signatures of the room.
#pragma once
#include <cstdint>

namespace dact::attention_room {

/// Element (row, column) of a matrix lies at data[row * step + column]; the mask's column step may also be 0.
template <class T>
struct Scores {
  T* data;  // [rows, keys] products on entry, softmax on exit
  std::int64_t rows, keys;
  T scale;
  const T* mask;  // or null
  std::int64_t mask_row, mask_column;
};

/// Sizes and inputs of one head, for the plain loops. Element (token, d) of an operand at token * step + d.
template <class T>
struct Head {
  const T *q, *k, *v;
  std::int64_t q_step, k_step, v_step;
  std::int64_t queries, keys, width, value_width;
  T scale;
  const T* mask;
  std::int64_t mask_row, mask_column;
  T* out;
  std::int64_t out_step;
};

// Plain loops: the definition. T = float, double.
template <class T>
void softmax_plain(const Scores<T>& s);
template <class T>
void forward_plain(const Head<T>& h, T* weights);  // weights [keys]: scratch
/// dp [rows, keys] becomes ds = p (dp - sum_s p dp) scale.
template <class T>
void score_gradient_plain(const T* p, T* dp, std::int64_t rows, std::int64_t keys, T scale);

}  // namespace dact::attention_room

#define DACT_ATTENTION_KERNELS                                                                   \
  void attention_softmax(const attention_room::Scores<float>& s);                                \
  void attention_score_gradient(const float* p, float* dp, std::int64_t rows, std::int64_t keys, \
                                float scale);
namespace dact::isa_portable {
DACT_ATTENTION_KERNELS
}
namespace dact::isa_avx2 {
DACT_ATTENTION_KERNELS
}
namespace dact::isa_avx512 {
DACT_ATTENTION_KERNELS
}
#undef DACT_ATTENTION_KERNELS
