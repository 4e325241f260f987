#include "tensor/digest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <span>
#include <vector>

#include "tensor/tensor.hpp"

namespace dact {
namespace {

static_assert(std::endian::native == std::endian::little,
              "digests read the bytes of values as they lie");

// FIPS 180-4, 4.2.2: the first 32 bits of the fractions of the cube roots of the first 64 primes
constexpr std::uint32_t kRound[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

std::uint32_t big_endian(const std::uint8_t* p) {
  return std::uint32_t{p[0]} << 24 | std::uint32_t{p[1]} << 16 | std::uint32_t{p[2]} << 8 | p[3];
}

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
  if (outer > 0) {
    row = x.size(--outer);
    stride = x.strides()[outer];
  }
  while (outer > 0 && (x.strides()[outer - 1] == row * stride || x.size(outer - 1) == 1))
    row *= x.size(--outer);
  Dims index = Dims::filled(outer, 0);
  for (std::int64_t at = 0;;) {
    feeder.feed(base + at, row, stride);
    int axis = outer - 1;
    for (; axis >= 0; --axis) {
      at += x.strides()[axis];
      if (++index[axis] < x.size(axis)) break;
      at -= x.strides()[axis] * index[axis];
      index[axis] = 0;
    }
    if (axis < 0) return;
  }
}

}  // namespace

// FIPS 180-4, 5.3.3: the first 32 bits of the fractions of the square roots of the first 8 primes
Sha256::Sha256()
    : state_{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
             0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19} {}

// FIPS 180-4, 6.2.2
void Sha256::block(const std::uint8_t* p) {
  std::uint32_t w[64];
  for (int t = 0; t < 16; ++t) w[t] = big_endian(p + 4 * t);
  for (int t = 16; t < 64; ++t) {
    const std::uint32_t s0 = std::rotr(w[t - 15], 7) ^ std::rotr(w[t - 15], 18) ^ (w[t - 15] >> 3);
    const std::uint32_t s1 = std::rotr(w[t - 2], 17) ^ std::rotr(w[t - 2], 19) ^ (w[t - 2] >> 10);
    w[t] = w[t - 16] + s0 + w[t - 7] + s1;
  }
  auto [a, b, c, d, e, f, g, h] = state_;
  for (int t = 0; t < 64; ++t) {
    const std::uint32_t s1 = std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25);
    const std::uint32_t t1 = h + s1 + ((e & f) ^ (~e & g)) + kRound[t] + w[t];
    const std::uint32_t s0 = std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22);
    const std::uint32_t t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
    h = g, g = f, f = e, e = d + t1, d = c, c = b, b = a, a = t1 + t2;
  }
  const std::uint32_t add[8] = {a, b, c, d, e, f, g, h};
  for (std::size_t i = 0; i < 8; ++i) state_[i] += add[i];
}

void Sha256::update(const void* data, std::size_t bytes) {
  const auto* p = static_cast<const std::uint8_t*>(data);
  const std::size_t held = total_ % buffer_.size();
  total_ += bytes;
  if (held + bytes < buffer_.size()) {
    if (bytes > 0) std::memcpy(buffer_.data() + held, p, bytes);
    return;
  }
  const std::size_t first = buffer_.size() - held;
  if (held > 0) {
    std::memcpy(buffer_.data() + held, p, first);
    block(buffer_.data());
    p += first, bytes -= first;
  }
  for (; bytes >= buffer_.size(); p += buffer_.size(), bytes -= buffer_.size()) block(p);
  if (bytes > 0) std::memcpy(buffer_.data(), p, bytes);
}

std::string Sha256::finish() {
  // FIPS 180-4, 5.1.1: a one bit, zeros, the length in bits as 64-bit big-endian
  const std::uint64_t bits = total_ * 8;
  const std::uint8_t pad[64] = {0x80};
  update(pad, 1 + (119 - total_ % 64) % 64);
  std::uint8_t length[8];
  for (int i = 0; i < 8; ++i) length[i] = static_cast<std::uint8_t>(bits >> (56 - 8 * i));
  update(length, sizeof length);
  std::string text;
  for (const std::uint32_t word : state_) text += fmt::format("{:08x}", word);
  return text;
}

std::string sha256(std::string_view bytes) {
  Sha256 sha;
  sha.update(bytes);
  return sha.finish();
}

std::string digest_of(const Tensor& x) {
  require_defined("digest_of", "x", x);
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
