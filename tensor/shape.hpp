// Shape and strides: up to 8 sizes, kept inline.
#pragma once
#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

namespace dact {

inline constexpr int kMaxRank =
    8;  // the reader of safetensors refuses more, so nothing here needs more

/// A short list of 64-bit integers: a shape, strides, or an index. Value type, no allocation.
class Dims {
 public:
  Dims() = default;
  Dims(std::initializer_list<std::int64_t> values)
      : Dims(std::span(values.begin(), values.size())) {}
  explicit Dims(std::span<const std::int64_t> values);
  static Dims filled(int rank, std::int64_t value);

  int rank() const { return rank_; }
  std::int64_t& operator[](int axis) { return at_[static_cast<std::size_t>(axis)]; }
  std::int64_t operator[](int axis) const { return at_[static_cast<std::size_t>(axis)]; }
  const std::int64_t* begin() const { return at_.data(); }
  const std::int64_t* end() const { return at_.data() + rank_; }
  std::int64_t* begin() { return at_.data(); }
  std::int64_t* end() { return at_.data() + rank_; }
  std::int64_t back() const { return at_[static_cast<std::size_t>(rank_ - 1)]; }
  void push_back(std::int64_t value);
  /// Copies without / with one axis.
  Dims without(int axis) const;
  Dims with(int axis, std::int64_t value) const;
  bool operator==(const Dims& other) const;
  /// "[1, 3, 64, 64]"
  std::string str() const;

 private:
  std::array<std::int64_t, kMaxRank> at_{};
  int rank_ = 0;
};

using Shape = Dims;
using Strides = Dims;

/// Product of the sizes. Throws ShapeError(where) for a negative size or a product of elements that does not fit.
std::int64_t numel_of(const Shape& shape, std::string_view where = "shape");

/// Strides of the row-major layout, and of channels-last ([B, C, H, W] stored as [B, H, W, C]).
Strides row_major(const Shape& shape);
Strides channels_last(const Shape& shape);

/// Shape of two operands under broadcasting. Throws ShapeError naming both shapes.
Shape broadcast_shapes(std::string_view where, const Shape& a, const Shape& b);

}  // namespace dact
