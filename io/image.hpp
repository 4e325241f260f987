// Pictures: PNG (libpng), JPEG (libjpeg-turbo) and binary PPM/PGM, to and from u8 [H, W, 3].
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "io/file.hpp"
#include "tensor/tensor.hpp"

namespace dact {

/// Checked on the header, before anything is allocated for pixels.
struct ImageLimits {
  std::int64_t side = 16384;
  std::int64_t pixels = std::int64_t{1} << 27;
};

/// What a picture's header says. Width and height are those of the stored pixels; orientation is
/// EXIF's 1 to 8.
struct ImageInfo {
  std::string format;  // "png", "jpeg", "ppm"
  std::int64_t width = 0, height = 0;
  int channels = 0, bits = 0;
  int orientation = 1;
  /// PNG text chunks before the pixels, "# key: value" lines of a PPM.
  std::map<std::string, std::string> text = {};
};

/// Whether this build reads and writes "png", "jpeg", "ppm".
bool has_image_format(std::string_view format);

/// throws  IoError for what is no picture, a damaged or truncated one, or one beyond the limits
ImageInfo image_info(const std::string& path);
ImageInfo image_info(const InputFile& file, const ImageLimits& limits = {});

/// The pixels, u8 [H, W, 3], turned as the EXIF orientation asks. Grey is repeated, palettes are
/// looked up, 16 bits scaled to 8 (to nearest), alpha dropped; gamma and colour profiles are
/// ignored, as the usual Python readers do. Refused besides damage: CMYK and arithmetic-coded JPEG,
/// PPM as text. throws  IoError
Tensor read_image(const std::string& path);
Tensor read_image(const InputFile& file, const ImageLimits& limits = {});

/// Atomic. By the name's ending: .png, or .ppm, which every build has. `text`: keys of 1 to 79
/// visible ASCII characters, values UTF-8; PNG keeps them as text chunks, PPM as comments with line
/// breaks escaped. Equal arguments give equal bytes. throws  IoError (disk), UsageError (ending,
/// text, missing libpng), ShapeError, DtypeError (u8 [H, W, 3] only)
void write_image(const std::string& path, const Tensor& image,
                 const std::map<std::string, std::string>& text = {});

/// The bytes that a .png of the picture would have, for documents that hold pictures. throws as write_image
std::string encode_png(const Tensor& image, const std::map<std::string, std::string>& text = {});

/// How a picture came to be, in IPTC's words: every output of a model or formula says
/// one of them.
enum class DigitalSource : std::uint8_t {
  trained_algorithmic_media,
  composite_with_trained_algorithmic_media,
  algorithmic_media  // made by formula alone
};
/// The address of the term, "http://cv.iptc.org/newscodes/digitalsourcetype/...".
std::string_view address_of(DigitalSource source);
/// Key and value of the XMP packet that says so in a PNG's text.
inline constexpr std::string_view kXmpKey = "XML:com.adobe.xmp";
std::string xmp_of(DigitalSource source);

}  // namespace dact
