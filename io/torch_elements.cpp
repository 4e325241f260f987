// PyTorch's element types, by the names that pickles hold.
#include "io/torch_container.hpp"

namespace dact {
namespace {

struct Named {
  std::string_view global;
  TorchElement element;
};
constexpr Named kElements[] = {{"torch FloatStorage", {"float32", 4, DType::f32}},
                               {"torch DoubleStorage", {"float64", 8, DType::f64}},
                               {"torch HalfStorage", {"float16", 2, DType::f16}},
                               {"torch BFloat16Storage", {"bfloat16", 2, DType::bf16}},
                               {"torch LongStorage", {"int64", 8, DType::i64}},
                               {"torch IntStorage", {"int32", 4, DType::i32}},
                               {"torch ShortStorage", {"int16", 2, DType::i32}},
                               {"torch CharStorage", {"int8", 1, DType::i32}},
                               {"torch ByteStorage", {"uint8", 1, DType::u8}},
                               {"torch BoolStorage", {"bool", 1, DType::bool_}},
                               {"torch ComplexFloatStorage", {"complex64", 8, {}}},
                               {"torch ComplexDoubleStorage", {"complex128", 16, {}}},
                               {"torch float32", {"float32", 4, DType::f32}},
                               {"torch float64", {"float64", 8, DType::f64}},
                               {"torch float16", {"float16", 2, DType::f16}},
                               {"torch bfloat16", {"bfloat16", 2, DType::bf16}},
                               {"torch int64", {"int64", 8, DType::i64}},
                               {"torch int32", {"int32", 4, DType::i32}},
                               {"torch int16", {"int16", 2, DType::i32}},
                               {"torch int8", {"int8", 1, DType::i32}},
                               {"torch uint8", {"uint8", 1, DType::u8}},
                               {"torch bool", {"bool", 1, DType::bool_}},
                               {"torch uint16", {"uint16", 2, {}}},
                               {"torch uint32", {"uint32", 4, {}}},
                               {"torch uint64", {"uint64", 8, {}}},
                               {"torch complex64", {"complex64", 8, {}}},
                               {"torch float8_e4m3fn", {"float8_e4m3fn", 1, {}}},
                               {"torch float8_e5m2", {"float8_e5m2", 1, {}}},
                               {"torch float8_e4m3fnuz", {"float8_e4m3fnuz", 1, {}}},
                               {"torch float8_e5m2fnuz", {"float8_e5m2fnuz", 1, {}}}};

}  // namespace

const TorchElement* torch_element(std::string_view global) {
  for (const Named& named : kElements)
    if (named.global == global) return &named.element;
  return nullptr;
}

}  // namespace dact
