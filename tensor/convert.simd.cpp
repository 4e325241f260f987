// f32 to and from the other dtypes. The rules are those of math_cast.hpp, which copy.cpp follows for all other pairs.
#include "tensor/convert.kernels.hpp"
#include "tensor/math.hpp"

namespace dact::DACT_ISA {
namespace {

template <class To, class From, class F>
DACT_INLINE void each(const From* x, void* out, std::int64_t n, F element) {
  To* y = static_cast<To*>(out);
  for (std::int64_t i = 0; i < n; ++i) y[i] = element(x[i]);
}
template <class From, class F>
DACT_INLINE void each_f32(const void* in, float* y, std::int64_t n, F element) {
  const From* x = static_cast<const From*>(in);
  for (std::int64_t i = 0; i < n; ++i) y[i] = element(x[i]);
}

}  // namespace

// The order of the cases is that of DType: f32 f64 bf16 f16 i64 i32 u8 bool.
DACT_NARROW void convert_from_f32(int dtype, const float* x, void* y, std::int64_t n) {
  switch (dtype) {
    case 1:
      return each<double>(x, y, n, [](float v) { return static_cast<double>(v); });
    case 2:
      return each<std::uint16_t>(x, y, n, [](float v) { return math::to_bf16_bits(v); });
    case 3:
      return each<std::uint16_t>(x, y, n, [](float v) { return math::to_f16_bits(v); });
    case 4:
      return each<std::int64_t>(x, y, n, [](float v) { return math::to_integer<std::int64_t>(v); });
    case 5:
      return each<std::int32_t>(x, y, n, [](float v) { return math::to_integer<std::int32_t>(v); });
    case 6:
      return each<std::uint8_t>(x, y, n, [](float v) { return math::to_integer<std::uint8_t>(v); });
    case 7:
      return each<std::uint8_t>(x, y, n,
                                [](float v) { return static_cast<std::uint8_t>(v != 0.0f); });
    default:
      return;
  }
}

DACT_NARROW void convert_into_f32(int dtype, const void* x, float* y, std::int64_t n) {
  switch (dtype) {
    case 1:
      return each_f32<double>(x, y, n, [](double v) { return static_cast<float>(v); });
    case 2:
      return each_f32<std::uint16_t>(x, y, n,
                                     [](std::uint16_t v) { return math::from_bf16_bits(v); });
    case 3:
      return each_f32<std::uint16_t>(x, y, n,
                                     [](std::uint16_t v) { return math::from_f16_bits(v); });
    case 4:
      return each_f32<std::int64_t>(x, y, n, [](std::int64_t v) { return static_cast<float>(v); });
    case 5:
      return each_f32<std::int32_t>(x, y, n, [](std::int32_t v) { return static_cast<float>(v); });
    case 6:
    case 7:
      return each_f32<std::uint8_t>(x, y, n, [](std::uint8_t v) { return static_cast<float>(v); });
    default:
      return;
  }
}

}  // namespace dact::DACT_ISA
