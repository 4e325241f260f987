#include "tensor/tensor.hpp"

#include <algorithm>

#include "tensor/device.hpp"
#include "tensor/error.hpp"

namespace dact {
namespace {

// Bytes of `n` elements; numel_of keeps n below 2^60, so the product fits.
std::size_t bytes_of(std::int64_t n, DType dtype) {
  return static_cast<std::size_t>(n) * size_of(dtype);
}

bool strides_match(const Shape& shape, const Strides& strides, const Strides& wanted) {
  for (int i = 0; i < shape.rank(); ++i)
    if (shape[i] != 1 && strides[i] != wanted[i]) return false;
  return true;
}

}  // namespace

Tensor::Tensor(std::shared_ptr<Storage> storage, DType dtype, const Shape& shape,
               const Strides& strides, std::int64_t offset)
    : storage_(std::move(storage)),
      dtype_(dtype),
      shape_(shape),
      strides_(strides),
      offset_(offset),
      numel_(numel_of(shape, "tensor")) {}

std::int64_t Tensor::size(int axis) const { return shape_[require_axis("size", *this, axis)]; }

bool Tensor::is_contiguous() const {
  return numel_ == 0 || strides_match(shape_, strides_, row_major(shape_));
}

bool Tensor::is_channels_last() const {
  return rank() == 4 && (numel_ == 0 || strides_match(shape_, strides_, channels_last(shape_)));
}

bool Tensor::is_dense() const {
  if (numel_ == 0) return true;
  // Sort the axes by stride; a dense layout then is a chain 1, size, size * size, ...
  int order[kMaxRank], n = 0;
  for (int i = 0; i < rank(); ++i)
    if (shape_[i] != 1) {
      int at = n++;  // insertion keeps the axes sorted
      for (; at > 0 && strides_[order[at - 1]] > strides_[i]; --at) order[at] = order[at - 1];
      order[at] = i;
    }
  std::int64_t step = 1;
  for (int i = 0; i < n; ++i) {
    if (strides_[order[i]] != step) return false;
    step *= shape_[order[i]];
  }
  return true;
}

const void* Tensor::address() const {
  return storage_ && storage_->data()
             ? storage_->data() + offset_ * static_cast<std::int64_t>(size_of(dtype_))
             : nullptr;
}

void* Tensor::mutate_address() {
  if (storage_) storage_->bump_version();
  return const_cast<void*>(address());
}

const void* Tensor::raw_data() const {
  if (on_device(*this)) throw_host_access(*this);
  return address();
}

const std::byte* Tensor::raw(DType want) const {
  if (want != dtype_) throw_wrong_type(*this, want);
  return static_cast<const std::byte*>(raw_data());
}

std::byte* Tensor::raw_mutable(DType want) {
  const std::byte* p = raw(want);
  if (storage_) storage_->bump_version();
  return const_cast<std::byte*>(p);
}

void* Tensor::mutate_raw() { return raw_mutable(dtype_); }

std::string Tensor::str() const {
  if (!defined()) return "none";
  return std::string(name_of(dtype_)) + shape_.str() + "@" + std::string(name_of(device()));
}

// ---- views

Tensor Tensor::permuted(std::span<const int> order) const {
  bool seen[kMaxRank] = {};
  bool valid = static_cast<int>(order.size()) == rank();
  for (const int axis : order) {
    valid = valid && axis >= 0 && axis < rank() && !seen[axis];
    if (valid) seen[axis] = true;
  }
  if (!valid) {
    Dims got;
    for (const int axis : order.first(std::min<std::size_t>(order.size(), kMaxRank)))
      got.push_back(axis);
    throw ShapeError("permute", "order must name every axis of x once, got order " + got.str() +
                                    " for " + str());
  }
  Shape shape;
  Strides strides;
  for (const int axis : order) {
    shape.push_back(shape_[axis]);
    strides.push_back(strides_[axis]);
  }
  return {storage_, dtype_, shape, strides, offset_};
}

Tensor Tensor::transposed(int axis_a, int axis_b) const {
  axis_a = require_axis("transpose", *this, axis_a);
  axis_b = require_axis("transpose", *this, axis_b);
  int order[kMaxRank];
  for (int i = 0; i < rank(); ++i) order[i] = i;
  std::swap(order[axis_a], order[axis_b]);
  return permuted(std::span(order, static_cast<std::size_t>(rank())));
}

Tensor Tensor::sliced(int axis, std::int64_t begin, std::int64_t end, std::int64_t step) const {
  axis = require_axis("slice", *this, axis);
  if (step < 1)
    throw ShapeError("slice", "step must be >= 1, got " + std::to_string(step) + " for " + str());
  if (begin < 0 || end > shape_[axis] || begin > end)
    throw ShapeError("slice", "range must lie in [0, " + std::to_string(shape_[axis]) +
                                  "] of axis " + std::to_string(axis) + ", got [" +
                                  std::to_string(begin) + ", " + std::to_string(end) + ") for " +
                                  str());
  const std::int64_t count = (end - begin + step - 1) / step;
  const std::int64_t offset = count ? offset_ + begin * strides_[axis] : offset_;
  return {storage_, dtype_, shape_.with(axis, count), strides_.with(axis, strides_[axis] * step),
          offset};
}

Tensor Tensor::expanded(const Shape& shape) const {
  const int lead = shape.rank() - rank();
  Strides strides = Strides::filled(shape.rank(), 0);
  bool valid = lead >= 0;
  for (int i = 0; valid && i < rank(); ++i) {
    if (shape[lead + i] == shape_[i])
      strides[lead + i] = strides_[i];
    else
      valid = shape_[i] == 1;
  }
  if (!valid)
    throw ShapeError("expand", "sizes must match or be 1, got " + str() + " to " + shape.str());
  return {storage_, dtype_, shape, strides, offset_};
}

Tensor Tensor::squeezed(int axis) const {
  axis = require_axis("squeeze", *this, axis);
  if (shape_[axis] != 1)
    throw ShapeError("squeeze", "axis " + std::to_string(axis) + " must have size 1, got " + str());
  return {storage_, dtype_, shape_.without(axis), strides_.without(axis), offset_};
}

Tensor Tensor::unsqueezed(int axis) const {
  if (axis < 0) axis += rank() + 1;
  if (axis < 0 || axis > rank())
    throw ShapeError("unsqueeze",
                     "axis must lie in [0, rank], got " + std::to_string(axis) + " for " + str());
  Shape shape;
  Strides strides;
  for (int i = 0; i <= rank(); ++i) {
    if (i == axis) {
      shape.push_back(1);
      strides.push_back(i < rank() ? shape_[i] * strides_[i] : 1);
    }
    if (i < rank()) {
      shape.push_back(shape_[i]);
      strides.push_back(strides_[i]);
    }
  }
  return {storage_, dtype_, shape, strides, offset_};
}

namespace {

// Product of all sizes but that of axis `skip`; -1 for a negative size or a product that does not fit.
std::int64_t product_without(const Shape& shape, int skip) {
  constexpr std::int64_t kMost = std::int64_t{1} << 60;
  std::int64_t n = 1;
  bool empty = false;
  for (int i = 0; i < shape.rank(); ++i) {
    if (i == skip) continue;
    if (shape[i] < 0) return -1;
    if (shape[i] == 0) empty = true;
  }
  if (empty) return 0;
  for (int i = 0; i < shape.rank(); ++i) {
    if (i == skip) continue;
    if (n > kMost / shape[i]) return -1;
    n *= shape[i];
  }
  return n;
}

// The open size (-1), if there is one, filled in.
Shape resolve_shape(const Tensor& x, Shape shape) {
  int open = -1;
  for (int i = 0; i < shape.rank(); ++i)
    if (shape[i] == -1 && open < 0) open = i;
  const std::int64_t known = product_without(shape, open);
  const bool fits = open < 0 ? known == x.numel() : known > 0 && x.numel() % known == 0;
  if (!fits)
    throw ShapeError("reshape", "element count must stay " + std::to_string(x.numel()) + ", got " +
                                    x.str() + " to " + shape.str());
  if (open >= 0) shape[open] = x.numel() / known;
  return shape;
}

// Strides that view x under `shape`, or false when no strides can. Runs of axes of x that are contiguous among
// themselves are split into the new sizes.
bool view_strides(const Tensor& x, const Shape& shape, Strides* out) {
  *out = Strides::filled(shape.rank(), 1);
  if (x.numel() == 0) return (*out = row_major(shape), true);
  int to = shape.rank() - 1;
  std::int64_t block = 1,
               step = 1;  // elements in the current run of x, and the stride of its last axis
  for (int i = x.rank() - 1; i >= 0; --i) {
    if (block == 1) step = x.strides()[i];
    block *= x.shape()[i];
    const bool run_ends = i == 0 || (x.shape()[i - 1] != 1 && x.strides()[i - 1] != block * step);
    if (!run_ends) continue;
    std::int64_t taken = 1;
    while (to >= 0 && (taken < block || shape[to] == 1)) {
      (*out)[to] = taken * step;
      taken *= shape[to--];
    }
    if (taken != block) return false;
    block = 1;
  }
  while (to >= 0 && shape[to] == 1) --to;
  return to < 0;
}

}  // namespace

Tensor Tensor::reshaped(const Shape& wanted) const {
  const Shape shape = resolve_shape(*this, wanted);
  Strides strides;
  if (view_strides(*this, shape, &strides)) return {storage_, dtype_, shape, strides, offset_};
  const Tensor flat = contiguous();
  return {flat.storage_, dtype_, shape, row_major(shape), flat.offset_};
}

// ---- argument checks

int require_axis(std::string_view where, const Tensor& x, std::int64_t axis) {
  const std::int64_t wrapped = axis < 0 ? axis + x.rank() : axis;
  if (wrapped < 0 || wrapped >= x.rank())
    throw ShapeError(where, "axis must lie in [-" + std::to_string(x.rank()) + ", " +
                                std::to_string(x.rank()) + "), got axis " + std::to_string(axis) +
                                " for " + x.str());
  return static_cast<int>(wrapped);
}

void require_defined(std::string_view where, std::string_view operand, const Tensor& x) {
  if (!x.defined()) throw UsageError(where, std::string(operand) + " must be a tensor, got none");
}

void require_rank(std::string_view where, std::string_view operand, const Tensor& x, int rank) {
  require_defined(where, operand, x);
  if (x.rank() != rank)
    throw ShapeError(where, std::string(operand) + " must have rank " + std::to_string(rank) +
                                ", got " + x.str());
}

void require_float(std::string_view where, std::string_view operand, const Tensor& x) {
  require_defined(where, operand, x);
  if (!is_float(x.dtype()))
    throw DtypeError(where, std::string(operand) + " must be f32 or f64, got " + x.str());
}

void require_dtype(std::string_view where, std::string_view operand, const Tensor& x, DType dtype) {
  require_defined(where, operand, x);
  if (x.dtype() != dtype)
    throw DtypeError(where, std::string(operand) + " must be " + std::string(name_of(dtype)) +
                                ", got " + x.str());
}

void require_same_kind(std::string_view where, const Tensor& a, const Tensor& b) {
  if (a.dtype() != b.dtype())
    throw DtypeError(
        where, "dtypes must be equal (there is no promotion), got " + a.str() + " and " + b.str());
  if (a.device() != b.device())
    throw DeviceError(where, "tensors must be on one device, got " + a.str() + " and " + b.str());
}

void require_same_shape(std::string_view where, const Tensor& a, const Tensor& b) {
  if (!(a.shape() == b.shape()))
    throw ShapeError(where, "shapes must be equal, got " + a.str() + " and " + b.str());
}

void require_shape(std::string_view where, std::string_view operand, const Tensor& x,
                   const Shape& shape) {
  require_defined(where, operand, x);
  if (!(x.shape() == shape))
    throw ShapeError(where,
                     std::string(operand) + " must have shape " + shape.str() + ", got " + x.str());
}

// ---- storage of new tensors

Tensor empty(const Shape& shape, DType dtype, Device device) {
  return empty_strided(shape, row_major(shape), dtype, device);
}

Tensor empty_strided(const Shape& shape, const Strides& strides, DType dtype, Device device) {
  const std::int64_t n = numel_of(shape, "empty");
  Tensor probe(nullptr, dtype, shape, strides, 0);
  if (shape.rank() != strides.rank() || !probe.is_dense())
    throw ShapeError("empty_strided", "strides must be dense, got shape " + shape.str() +
                                          ", strides " + strides.str());
  return {std::make_shared<Storage>(bytes_of(n, dtype), device), dtype, shape, strides, 0};
}

Tensor empty_channels_last(const Shape& shape, DType dtype, Device device) {
  return empty_strided(shape, channels_last(shape), dtype, device);
}

Tensor empty_like(const Tensor& x) { return empty_like(x, x.dtype()); }

Tensor empty_like(const Tensor& x, DType dtype) {
  return empty_strided(x.shape(), x.is_dense() ? x.strides() : row_major(x.shape()), dtype,
                       x.device());
}

}  // namespace dact
