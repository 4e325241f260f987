#pragma once
#include <cstdint>

// y_i = f(a[i * sa], b[i * sb]), y contiguous (float, or bool as one byte). `id` is a BinaryId.
#define DACT_DECLARE_BINARY                                                                      \
  void binary_f32(int id, const float* a, std::int64_t sa, const float* b, std::int64_t sb, void* y, std::int64_t n);
namespace dact::isa_portable { DACT_DECLARE_BINARY }
namespace dact::isa_avx2 { DACT_DECLARE_BINARY }
namespace dact::isa_avx512 { DACT_DECLARE_BINARY }
namespace dact {
/// T = double, int64_t, int32_t, uint8_t. false: the functor does not serve T.
template <class T>
bool binary_plain(int id, const T* a, std::int64_t sa, const T* b, std::int64_t sb, void* y, std::int64_t n);
}
