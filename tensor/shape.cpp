#include "tensor/shape.hpp"

#include <algorithm>

#include "tensor/error.hpp"

namespace dact {

Dims::Dims(std::span<const std::int64_t> values) {
  if (values.size() > kMaxRank)
    throw ShapeError("shape", "rank must be at most 8, got " + std::to_string(values.size()));
  std::copy(values.begin(), values.end(), at_.begin());
  rank_ = static_cast<int>(values.size());
}

Dims Dims::filled(int rank, std::int64_t value) {
  Dims d;
  for (int i = 0; i < rank; ++i) d.push_back(value);
  return d;
}

void Dims::push_back(std::int64_t value) {
  if (rank_ == kMaxRank) throw ShapeError("shape", "rank must be at most 8, got 9");
  at_[static_cast<std::size_t>(rank_++)] = value;
}

Dims Dims::without(int axis) const {
  Dims d;
  for (int i = 0; i < rank_; ++i)
    if (i != axis) d.push_back((*this)[i]);
  return d;
}

Dims Dims::with(int axis, std::int64_t value) const {
  Dims d = *this;
  d[axis] = value;
  return d;
}

bool Dims::operator==(const Dims& other) const {
  return std::equal(begin(), end(), other.begin(), other.end());
}

std::string Dims::str() const {
  std::string s = "[";
  for (int i = 0; i < rank_; ++i) s += (i ? ", " : "") + std::to_string((*this)[i]);
  return s + "]";
}

std::int64_t numel_of(const Shape& shape, std::string_view where) {
  // 2^60 elements of 8 bytes still fit an int64 byte count.
  constexpr std::int64_t kMaxElements = std::int64_t{1} << 60;
  std::int64_t n = 1;
  bool empty = false;
  for (std::int64_t size : shape) {
    if (size < 0) throw ShapeError(where, "sizes must be >= 0, got " + shape.str());
    if (size == 0) {
      empty = true;
      continue;
    }
    if (n > kMaxElements / size)
      throw ShapeError(where, "the product of the sizes must stay below 2^60, got " + shape.str());
    n *= size;
  }
  return empty ? 0 : n;
}

Strides row_major(const Shape& shape) {
  Strides s = shape;
  std::int64_t step = 1;
  for (int i = shape.rank() - 1; i >= 0; --i) {
    s[i] = step;
    step *= std::max<std::int64_t>(shape[i], 1);
  }
  return s;
}

Strides channels_last(const Shape& shape) {
  if (shape.rank() != 4) throw ShapeError("channels_last", "rank must be 4, got " + shape.str());
  const std::int64_t c = std::max<std::int64_t>(shape[1], 1),
                     h = std::max<std::int64_t>(shape[2], 1),
                     w = std::max<std::int64_t>(shape[3], 1);
  return {h * w * c, 1, w * c, c};
}

Shape broadcast_shapes(std::string_view where, const Shape& a, const Shape& b) {
  const int rank = std::max(a.rank(), b.rank());
  Shape out = Shape::filled(rank, 1);
  for (int i = 0; i < rank; ++i) {
    const int ia = i - (rank - a.rank()), ib = i - (rank - b.rank());
    const std::int64_t da = ia < 0 ? 1 : a[ia], db = ib < 0 ? 1 : b[ib];
    if (da != db && da != 1 && db != 1)
      throw ShapeError(where, "shapes must broadcast, got " + a.str() + " and " + b.str());
    out[i] = da == 1 ? db : da;
  }
  return out;
}

}  // namespace dact
