// What the suites of io share: a folder that goes away, hand-made files, and what an error said.
#pragma once
#include <doctest/doctest.h>

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <string>
#include <string_view>

#include "io/file.hpp"
#include "tensor/error.hpp"
#include "tensor/tensor.hpp"

namespace dact::test {

/// A fresh folder under the system's temporary one, removed with all in it.
class TempFolder {
 public:
  TempFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "dact-io-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  std::string operator/(std::string_view name) const { return (path_ / name).string(); }
  std::size_t entries() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(path_), {}));
  }

 private:
  std::filesystem::path path_;
};

/// The text of the IoError that `call` throws; "" when it throws none. Other exceptions pass
/// through and fail the test.
template <class F>
std::string io_error(F&& call) {
  try {
    call();
  } catch (const IoError& error) {
    return error.what();
  }
  return "";
}

inline bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

/// `value` as little-endian bytes.
template <class T>
std::string le(T value) {
  std::string bytes(sizeof(T), '\0');
  std::memcpy(bytes.data(), &value, sizeof(T));
  return bytes;
}

inline std::string golden(std::string_view name) {
  return std::string(DACT_GOLDEN_DIR) + "/" + std::string(name);
}

/// Same dtype, shape and bytes.
inline bool same(const Tensor& a, const Tensor& b) {
  if (a.dtype() != b.dtype() || !(a.shape() == b.shape())) return false;
  if (a.numel() == 0) return true;
  const Tensor x = a.contiguous(), y = b.contiguous();
  return std::memcmp(x.raw_data(), y.raw_data(),
                     static_cast<std::size_t>(x.numel()) * size_of(x.dtype())) == 0;
}

/// A tensor of any dtype whose bytes count up (bool: alternate).
inline Tensor counting(const Shape& shape, DType dtype) {
  Tensor t = empty(shape, dtype);
  if (t.numel() == 0) return t;
  auto* p = static_cast<std::uint8_t*>(t.mutate_raw());
  const auto bytes = static_cast<std::size_t>(t.numel()) * size_of(dtype);
  for (std::size_t i = 0; i < bytes; ++i)
    p[i] = static_cast<std::uint8_t>(dtype == DType::bool_ ? i % 2 : i * 37 + 11);
  return t;
}

inline constexpr DType kAllDTypes[] = {DType::f32, DType::f64, DType::bf16, DType::f16,
                                       DType::i64, DType::i32, DType::u8,   DType::bool_};

/// One random change of `bytes`: a flipped bit, a byte, a cut, an insertion, or a copied stretch.
/// Pure function of the state of `next`, a generator of 64-bit words.
template <class Next>
std::string mutated(std::string bytes, Next&& next) {
  const int changes = 1 + static_cast<int>(next() % 4);
  for (int i = 0; i < changes && !bytes.empty(); ++i) {
    const auto at = static_cast<std::size_t>(next() % bytes.size());
    const auto word = next();
    switch (word % 6) {
      case 0:
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << (word >> 8 & 7)));
        break;
      case 1:
        bytes[at] = static_cast<char>(word >> 8);
        break;
      case 2:
        bytes.resize(at);
        break;
      case 3:
        bytes.insert(at, 1, static_cast<char>(word >> 8));
        break;
      case 4:
        bytes.erase(at, 1 + (word >> 8 & 15));
        break;
      default:
        bytes.insert(at, bytes.substr((word >> 8) % bytes.size(), word >> 40 & 15));
    }
  }
  return bytes;
}

/// splitmix64, for seeded loops.
struct Words {
  std::uint64_t state;
  std::uint64_t operator()() {
    std::uint64_t x = state += 0x9E3779B97F4A7C15U;
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9U;
    x = (x ^ x >> 27) * 0x94D049BB133111EBU;
    return x ^ x >> 31;
  }
};

}  // namespace dact::test
