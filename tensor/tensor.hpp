// Tensor: a view of shared storage. Copying one copies the view, never the numbers.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tensor/dtype.hpp"
#include "tensor/memory.hpp"
#include "tensor/random.hpp"
#include "tensor/shape.hpp"

namespace dact {

/// An n-dimensional array: storage + dtype + shape + strides + offset, on one device. Logical layout of images is
/// [B, C, H, W]; the layout in memory is only strides. A default-constructed Tensor is undefined (an absent optional
/// operand); every operator checks.
class Tensor {
 public:
  Tensor() = default;
  Tensor(std::shared_ptr<Storage> storage, DType dtype, const Shape& shape, const Strides& strides,
         std::int64_t offset);

  bool defined() const { return storage_ != nullptr; }
  DType dtype() const { return dtype_; }
  Device device() const { return storage_ ? storage_->device() : Device::cpu; }
  const Shape& shape() const { return shape_; }
  const Strides& strides() const { return strides_; }
  std::int64_t offset() const { return offset_; }  // in elements
  int rank() const { return shape_.rank(); }
  std::int64_t numel() const { return numel_; }
  std::int64_t size(int axis) const;  // negative axes count from the end; ShapeError out of range
  const std::shared_ptr<Storage>& storage() const { return storage_; }
  std::uint64_t version() const { return storage_ ? storage_->version() : 0; }

  /// Row-major without gaps.
  bool is_contiguous() const;
  /// [B, C, H, W] stored as [B, H, W, C] without gaps.
  bool is_channels_last() const;
  /// Without gaps or overlaps in some order of the axes: the elements fill numel() consecutive places.
  bool is_dense() const;

  /// First element of the view. T must match the dtype (DtypeError). Read only: writers use mutate().
  template <class T>
  const T* data() const {
    return reinterpret_cast<const T*>(raw(dtype_of<T>));
  }
  /// For the one who just allocated the tensor and for optimisers, EMA and loaders: a writable pointer. Bumps the
  /// storage's version, so that the tape and packed weights notice.
  template <class T>
  T* mutate() {
    return reinterpret_cast<T*>(raw_mutable(dtype_of<T>));
  }
  void* mutate_raw();
  const void* raw_data() const;
  /// The same for elements on any device, for kernels and copies: data() and raw_data() give host memory alone and
  /// throw DeviceError otherwise.
  const void* address() const;
  void* mutate_address();

  /// Views; same storage. Errors: ShapeError.
  Tensor permuted(std::span<const int> order) const;
  Tensor transposed(int axis_a, int axis_b) const;
  Tensor sliced(int axis, std::int64_t begin, std::int64_t end,
                std::int64_t step = 1) const;  // step >= 1
  Tensor expanded(
      const Shape& shape) const;    // size-1 and missing leading axes repeat with stride 0
  Tensor squeezed(int axis) const;  // axis of size 1 removed
  Tensor unsqueezed(int axis) const;
  /// Same elements in row-major order under another shape; a view where the strides allow it, else a copy. One size
  /// may be -1.
  Tensor reshaped(const Shape& shape) const;

  /// Row-major, dense copies; the tensor itself when it already is.
  Tensor contiguous() const;
  Tensor contiguous_channels_last() const;  // rank 4
  /// Always a fresh copy: dense, in this tensor's axis order.
  Tensor clone() const;
  /// Another dtype: float -> integer truncates, saturates, NaN -> 0; to bf16, f16 to nearest even.
  Tensor to(DType dtype) const;
  /// The same values on another device, dense, in this tensor's axis order; the tensor itself when it is there.
  Tensor to(Device device) const;

  /// The single element, converted to double. ShapeError when numel() != 1.
  double item() const;
  /// All elements in row-major order. T must match the dtype.
  template <class T>
  std::vector<T> to_vector() const;

  /// "f32[1, 3, 64, 64]@cpu", or "none" when undefined.
  std::string str() const;

 private:
  const std::byte* raw(DType want) const;
  std::byte* raw_mutable(DType want);
  std::shared_ptr<Storage> storage_;
  DType dtype_ = DType::f32;
  Shape shape_;
  Strides strides_;
  std::int64_t offset_ = 0;
  std::int64_t numel_ = 0;
};

using Tensors = std::vector<Tensor>;

// ---- creation. Fresh storage; row-major unless strides are given.
Tensor empty(const Shape& shape, DType dtype = DType::f32, Device device = Device::cpu);
/// Undefined contents in the axis order of `strides` (any dense order). ShapeError if it has gaps.
Tensor empty_strided(const Shape& shape, const Strides& strides, DType dtype,
                     Device device = Device::cpu);
Tensor empty_channels_last(const Shape& shape, DType dtype, Device device = Device::cpu);
/// Same shape, dtype, device; same axis order in memory when x is dense, else row-major.
Tensor empty_like(const Tensor& x);
Tensor empty_like(const Tensor& x, DType dtype);
Tensor zeros(const Shape& shape, DType dtype = DType::f32, Device device = Device::cpu);
Tensor zeros_like(const Tensor& x);
Tensor full(const Shape& shape, double value, DType dtype = DType::f32);
/// Zero bytes into a tensor that owns its whole storage, on any device.
void clear_storage(Tensor& x);
/// start + i * step, i = 0 .. ceil((end - start) / step) - 1, in double, rounded once. UsageError when step == 0.
Tensor arange(double start, double end, double step = 1, DType dtype = DType::f32);
/// n values from start to end inclusive: start + i * ((end - start) / (n - 1)), in double; the last is end.
Tensor linspace(double start, double end, std::int64_t n, DType dtype = DType::f32);
/// Random tensors (NUMERICS.md 9). `per_sample`: axis 0 is the sample; sample n draws with sample id n, so its
/// numbers do not depend on the batch around it. Otherwise the whole tensor is sample 0.
Tensor rand(const Shape& shape, const RandomKey& key, bool per_sample = false,
            DType dtype = DType::f32);
Tensor randn(const Shape& shape, const RandomKey& key, bool per_sample = false,
             DType dtype = DType::f32);
/// Integers in [low, high): low + floor(bits * (high - low) / 2^32).
Tensor randint(std::int64_t low, std::int64_t high, const Shape& shape, const RandomKey& key);
template <class T>
Tensor from_vector(std::span<const T> values, const Shape& shape);
template <class T>
Tensor from_vector(const std::vector<T>& values, const Shape& shape) {
  return from_vector(std::span<const T>(values), shape);
}
Tensor scalar(double value, DType dtype = DType::f32);
/// Writes x's elements, converted, into `out` (same shape, any strides without overlap). For the owner of `out`.
void copy_to(Tensor& out, const Tensor& x);
/// x's elements in exactly the dense layout `strides`; x itself when it already has it.
Tensor in_layout(const Tensor& x, const Strides& strides);

// ---- argument checks; one wording per rule. All throw with the operator's name in front and all tensors shown.
/// Axis in [0, rank), negative ones wrapped. ShapeError.
int require_axis(std::string_view where, const Tensor& x, std::int64_t axis);
void require_defined(std::string_view where, std::string_view operand, const Tensor& x);
void require_rank(std::string_view where, std::string_view operand, const Tensor& x, int rank);
/// f32 or f64. DtypeError.
void require_float(std::string_view where, std::string_view operand, const Tensor& x);
void require_dtype(std::string_view where, std::string_view operand, const Tensor& x, DType dtype);
/// Same dtype and device: there is no promotion. DtypeError, DeviceError.
void require_same_kind(std::string_view where, const Tensor& a, const Tensor& b);
void require_same_shape(std::string_view where, const Tensor& a, const Tensor& b);
void require_shape(std::string_view where, std::string_view operand, const Tensor& x,
                   const Shape& shape);
[[noreturn]] void throw_wrong_type(const Tensor& x, DType wanted);

/// dispatch_float("softmax", x, [&]<class T>() { ... }): T = float or double by x's dtype; DtypeError otherwise.
template <class F>
decltype(auto) dispatch_float(std::string_view where, const Tensor& x, F&& fn) {
  if (x.dtype() == DType::f64) return fn.template operator()<double>();
  require_float(where, "x", x);
  return fn.template operator()<float>();
}

/// Same, over f32, f64, i64, i32, u8.
template <class F>
decltype(auto) dispatch_number(std::string_view where, const Tensor& x, F&& fn) {
  switch (x.dtype()) {
    case DType::i64:
      return fn.template operator()<std::int64_t>();
    case DType::i32:
      return fn.template operator()<std::int32_t>();
    case DType::u8:
      return fn.template operator()<std::uint8_t>();
    default:
      return dispatch_float(where, x, static_cast<F&&>(fn));
  }
}

}  // namespace dact
