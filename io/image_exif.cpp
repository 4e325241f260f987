// The one EXIF field that changes pixels: orientation, tag 0x0112 of the first directory (TIFF 6.0,
// section 2).
#include "io/image_codecs.hpp"

namespace dact::codecs {
namespace {

class Tiff {
 public:
  explicit Tiff(std::string_view bytes) : bytes_(bytes), big_(bytes.starts_with("MM")) {}
  bool valid() const {
    return bytes_.starts_with(std::string_view("II*\0", 4)) ||
           bytes_.starts_with(std::string_view("MM\0*", 4));
  }
  /// `count` bytes at `at` as a number; 0 past the end.
  std::uint32_t number(std::uint64_t at, unsigned count) const {
    if (at + count > bytes_.size()) return 0;
    std::uint32_t value = 0;
    for (unsigned i = 0; i < count; ++i) {
      const auto byte = static_cast<unsigned char>(bytes_[static_cast<std::size_t>(at) + i]);
      value |= static_cast<std::uint32_t>(byte) << 8 * (big_ ? count - 1 - i : i);
    }
    return value;
  }

 private:
  std::string_view bytes_;
  bool big_;
};

}  // namespace

int exif_orientation(std::string_view bytes) {
  constexpr std::uint32_t kOrientation = 0x0112, kShort = 3;
  const Tiff tiff(bytes);
  if (!tiff.valid()) return 1;
  const std::uint64_t directory = tiff.number(4, 4);
  const std::uint32_t entries = tiff.number(directory, 2);
  for (std::uint32_t i = 0; i < entries; ++i) {
    const std::uint64_t at = directory + 2 + 12ULL * i;  // tag, type, count, value
    if (tiff.number(at, 2) != kOrientation) continue;
    const std::uint32_t value = tiff.number(at + 8, 2);
    return tiff.number(at + 2, 2) == kShort && value >= 1 && value <= 8 ? static_cast<int>(value)
                                                                        : 1;
  }
  return 1;
}

}  // namespace dact::codecs
