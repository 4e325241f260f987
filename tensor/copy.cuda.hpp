// Kernels of copies: between layouts, and between dtypes.
#pragma once
#include "tensor/convert.hpp"
#include "tensor/cuda/kernel.hpp"
#include "tensor/cuda/walk.hpp"

namespace dact::cuda {

/// Elements of one dtype are moved as bits of their size.
template <class Bits>
struct CopyKernel {
  Bits* to;
  const Bits* from;
  Walk<2> walk;
  DACT_INLINE void operator()(std::int64_t i) const { to[walk.at(0, i)] = from[walk.at(1, i)]; }
};

/// dtypes by number: the conversions are many, their arithmetic is small.
struct ConvertKernel {
  int to_dtype, from_dtype;
  void* to;
  const void* from;
  Walk<2> walk;

  DACT_INLINE void operator()(std::int64_t i) const {
    const std::int64_t at = walk.at(0, i), source = walk.at(1, i);
    switch (static_cast<DType>(from_dtype)) {
      case DType::f32:
        return write(at, static_cast<const float*>(from)[source]);
      case DType::f64:
        return write(at, static_cast<const double*>(from)[source]);
      case DType::bf16:
        return write(at, static_cast<const bf16*>(from)[source]);
      case DType::f16:
        return write(at, static_cast<const f16*>(from)[source]);
      case DType::i64:
        return write(at, static_cast<const std::int64_t*>(from)[source]);
      case DType::i32:
        return write(at, static_cast<const std::int32_t*>(from)[source]);
      case DType::u8:
        return write(at, static_cast<const std::uint8_t*>(from)[source]);
      case DType::bool_:
        return write(at, static_cast<const bool*>(from)[source]);
    }
  }

 private:
  template <class From>
  DACT_INLINE void write(std::int64_t at, From v) const {
    switch (static_cast<DType>(to_dtype)) {
      case DType::f32:
        static_cast<float*>(to)[at] = convert<float>(v);
        return;
      case DType::f64:
        static_cast<double*>(to)[at] = convert<double>(v);
        return;
      case DType::bf16:
        static_cast<bf16*>(to)[at] = convert<bf16>(v);
        return;
      case DType::f16:
        static_cast<f16*>(to)[at] = convert<f16>(v);
        return;
      case DType::i64:
        static_cast<std::int64_t*>(to)[at] = convert<std::int64_t>(v);
        return;
      case DType::i32:
        static_cast<std::int32_t*>(to)[at] = convert<std::int32_t>(v);
        return;
      case DType::u8:
        static_cast<std::uint8_t*>(to)[at] = convert<std::uint8_t>(v);
        return;
      case DType::bool_:
        static_cast<bool*>(to)[at] = convert<bool>(v);
        return;
    }
  }
};

}  // namespace dact::cuda
