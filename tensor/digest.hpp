// SHA-256 and the digests of NUMERICS.md 11.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace dact {

class Tensor;

/// Streaming SHA-256 (FIPS 180-4).
class Sha256 {
 public:
  Sha256();
  void update(const void* data, std::size_t bytes);
  void update(std::string_view text) { update(text.data(), text.size()); }
  /// 64 lower-case hex digits. The object may not be used afterwards.
  std::string finish();

 private:
  void blocks(const std::uint8_t* p, std::size_t count);
  std::array<std::uint32_t, 8> state_;
  std::array<std::uint8_t, 64> buffer_{};
  std::uint64_t total_ = 0;
};

std::string sha256(std::string_view bytes);

/// SHA-256 over "<dtype> <shape>\n", e.g. "f32 [1, 3, 64, 64]\n", and the little-endian row-major values; any NaN as the
/// quiet one (f32 7fc00000, f64 7ff8000000000000, bf16 7fc0, f16 7e00). The same for every layout of the same values.
std::string digest_of(const Tensor& x);

}  // namespace dact
