#include "tensor/digest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "tensor/tensor.hpp"

namespace dact {
namespace {

static_assert(std::endian::native == std::endian::little,
              "digests read the bytes of values as they lie");

// NaN of a float type in bits: above the infinity once the sign is gone. `plain` stands for every
// NaN.
template <class Bits>
struct NanRule {
  Bits infinity, plain;
  bool is_nan(Bits x) const {
    return static_cast<Bits>(x & (static_cast<Bits>(~Bits{0}) >> 1)) > infinity;
  }
};

// Feeds values in pieces that stay in the L1 cache, NaN replaced. Bits is the unsigned type of the
// values' size.
template <class Bits>
class Feeder {
 public:
  Feeder(Sha256& sha, const NanRule<Bits>* rule) : sha_(sha), rule_(rule) {}

  /// n values, `stride` values apart.
  void feed(const Bits* x, std::int64_t n, std::int64_t stride) {
    for (std::int64_t i = 0; i < n; i += kPiece) {
      const std::int64_t count = std::min(kPiece, n - i);
      if (stride != 1) {
        for (std::int64_t k = 0; k < count; ++k) piece_[k] = x[(i + k) * stride];
        send(piece_, count);
      } else {
        send(x + i, count);
      }
    }
  }

 private:
  static constexpr std::int64_t kPiece = 2048;

  void send(const Bits* x, std::int64_t n) {
    const auto count = static_cast<std::size_t>(n);
    if (rule_ != nullptr && has_nan(x, n)) {
      if (x != piece_) std::copy_n(x, count, piece_);
      for (std::int64_t k = 0; k < n; ++k)
        piece_[k] = rule_->is_nan(piece_[k]) ? rule_->plain : piece_[k];
      x = piece_;
    }
    sha_.update(x, count * sizeof(Bits));
  }

  bool has_nan(const Bits* x, std::int64_t n) const {
    bool any = false;
    for (std::int64_t k = 0; k < n; ++k) any |= rule_->is_nan(x[k]);
    return any;
  }

  Sha256& sha_;
  const NanRule<Bits>* rule_;
  Bits piece_[kPiece];
};

// All values in ascending row-major logical index: rows along the last axis, the other axes counted
// up by hand. Trailing axes without gaps are one long row.
template <class Bits>
void feed_all(Sha256& sha, const Tensor& x, const NanRule<Bits>* rule) {
  if (x.numel() == 0) return;
  const auto* base = static_cast<const Bits*>(x.raw_data());
  Feeder<Bits> feeder(sha, rule);
  int outer = x.rank();
  std::int64_t row = 1, stride = 1;
  for (; outer > 0; --outer) {
    const std::int64_t size = x.shape()[outer - 1], step = x.strides()[outer - 1];
    if (row > 1 && size > 1 && step != row * stride) break;
    if (row == 1) stride = step;
    row *= size;
  }
  Dims index = Dims::filled(outer, 0);
  for (std::int64_t at = 0;;) {
    feeder.feed(base + at, row, stride);
    int axis = outer - 1;
    for (; axis >= 0; --axis) {
      at += x.strides()[axis];
      if (++index[axis] < x.shape()[axis]) break;
      at -= x.strides()[axis] * index[axis];
      index[axis] = 0;
    }
    if (axis < 0) return;
  }
}

}  // namespace

std::string digest_of(const Tensor& x) {
  require_defined("digest_of", "x", x);
  if (x.device() != Device::cpu) return digest_of(x.to(Device::cpu));
  Sha256 sha;
  sha.update(fmt::format("{} {}\n", name_of(x.dtype()), x.shape().str()));
  constexpr NanRule<std::uint64_t> f64_nan{0x7ff0000000000000, 0x7ff8000000000000};
  constexpr NanRule<std::uint32_t> f32_nan{0x7f800000, 0x7fc00000};
  constexpr NanRule<std::uint16_t> bf16_nan{0x7f80, 0x7fc0}, f16_nan{0x7c00, 0x7e00};
  switch (x.dtype()) {
    case DType::f64:
      feed_all<std::uint64_t>(sha, x, &f64_nan);
      break;
    case DType::f32:
      feed_all<std::uint32_t>(sha, x, &f32_nan);
      break;
    case DType::bf16:
      feed_all<std::uint16_t>(sha, x, &bf16_nan);
      break;
    case DType::f16:
      feed_all<std::uint16_t>(sha, x, &f16_nan);
      break;
    case DType::i64:
      feed_all<std::uint64_t>(sha, x, nullptr);
      break;
    case DType::i32:
      feed_all<std::uint32_t>(sha, x, nullptr);
      break;
    case DType::u8:
    case DType::bool_:
      feed_all<std::uint8_t>(sha, x, nullptr);
      break;
  }
  return sha.finish();
}

}  // namespace dact
