#include "io/image.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cstring>

#include "io/image_codecs.hpp"
#include "io/json.hpp"
#include "tensor/error.hpp"

namespace dact {
namespace {

using codecs::Source;

constexpr std::uint64_t kMaxFile = std::uint64_t{1}
                                   << 30;  // above the largest 16-bit picture within the limits

ImageInfo read(const Source& source, Tensor* pixels) {
  if (source.bytes.starts_with("\x89PNG\r\n\x1a\n")) return codecs::read_png(source, pixels);
  if (source.bytes.starts_with("\xFF\xD8\xFF")) return codecs::read_jpeg(source, pixels);
  if (source.bytes.size() >= 2 && source.bytes[0] == 'P' && source.bytes[1] >= '1' &&
      source.bytes[1] <= '7')
    return codecs::read_ppm(source, pixels);
  throw IoError(source.name, "a picture must be PNG, JPEG or binary PPM, got other bytes");
}

// Where output pixel (y, x) comes from. EXIF 2.32, tag 0x0112: which side of the stored picture is
// up.
std::pair<std::int64_t, std::int64_t> origin(int orientation, std::int64_t y, std::int64_t x,
                                             std::int64_t height, std::int64_t width) {
  switch (orientation) {
    case 2:
      return {y, width - 1 - x};
    case 3:
      return {height - 1 - y, width - 1 - x};
    case 4:
      return {height - 1 - y, x};
    case 5:
      return {x, y};
    case 6:
      return {height - 1 - x, y};
    case 7:
      return {height - 1 - x, width - 1 - y};
    case 8:
      return {x, width - 1 - y};
    default:
      return {y, x};
  }
}

Tensor turned(const Tensor& image, int orientation) {
  if (orientation == 1) return image;
  const std::int64_t height = image.size(0), width = image.size(1);
  const bool sideways = orientation >= 5;
  Tensor out = empty({sideways ? width : height, sideways ? height : width, 3}, DType::u8);
  const std::uint8_t* from = image.data<std::uint8_t>();
  std::uint8_t* to = out.mutate<std::uint8_t>();
  for (std::int64_t y = 0; y < out.size(0); ++y)
    for (std::int64_t x = 0; x < out.size(1); ++x, to += 3) {
      const auto [row, column] = origin(orientation, y, x, height, width);
      std::memcpy(to, from + (row * width + column) * 3, 3);
    }
  return out;
}

void check_text(const std::string& path, const std::map<std::string, std::string>& text) {
  for (const auto& [key, value] : text) {
    const bool visible =
        std::all_of(key.begin(), key.end(), [](char c) { return c > ' ' && c < 0x7F; });
    if (key.empty() || key.size() > 79 || !visible)
      throw UsageError(path,
                       fmt::format("a text key must be 1 to 79 visible ASCII characters, got {}",
                                   json_quoted(key)));
    if (utf8_error(value) != value.size() || value.find('\0') != std::string::npos)
      throw UsageError(
          path, fmt::format("the text {} must be UTF-8 without zeros, got other bytes", key));
  }
}

}  // namespace

void codecs::check_size(const Source& source, std::int64_t width, std::int64_t height) {
  const ImageLimits& limits = source.limits;
  if (width < 1 || height < 1 || width > limits.side || height > limits.side ||
      width * height > limits.pixels)
    throw IoError(
        source.name,
        fmt::format("a picture must have sides of 1 to {} and at most {} pixels, got {}x{}",
                    limits.side, limits.pixels, width, height));
}

bool has_image_format(std::string_view format) {
#ifdef DACT_HAVE_PNG
  if (format == "png") return true;
#endif
#ifdef DACT_HAVE_JPEG
  if (format == "jpeg") return true;
#endif
  return format == "ppm";
}

ImageInfo image_info(const std::string& path) { return image_info(InputFile(path)); }

ImageInfo image_info(const InputFile& file, const ImageLimits& limits) {
  const std::string bytes = read_all(file, kMaxFile);
  return read({bytes, file.name(), limits}, nullptr);
}

Tensor read_image(const std::string& path) { return read_image(InputFile(path)); }

Tensor read_image(const InputFile& file, const ImageLimits& limits) {
  const std::string bytes = read_all(file, kMaxFile);
  Tensor pixels;
  const ImageInfo info = read({bytes, file.name(), limits}, &pixels);
  return turned(pixels, info.orientation);
}

namespace {

void require_writable_picture(const Tensor& image) {
  require_dtype("write_image", "image", image, DType::u8);
  require_rank("write_image", "image", image, 3);
  if (image.size(2) != 3 || image.numel() == 0)
    throw ShapeError("write_image", "image must be u8 [H, W, 3] with pixels, got " + image.str());
  if (image.size(0) > ImageLimits{}.side || image.size(1) > ImageLimits{}.side)
    throw ShapeError("write_image", "image must have sides of at most 16384, got " + image.str());
}

}  // namespace

std::string encode_png(const Tensor& image, const std::map<std::string, std::string>& text) {
  require_writable_picture(image);
  check_text("encode_png", text);
  return codecs::png_bytes("encode_png", image.contiguous(), text);
}

void write_image(const std::string& path, const Tensor& image,
                 const std::map<std::string, std::string>& text) {
  require_writable_picture(image);
  check_text(path, text);
  std::string ending = path.substr(std::min(path.size(), path.rfind('.')));
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  if (ending == ".png") return write_file(path, codecs::png_bytes(path, image.contiguous(), text));
  if (ending == ".ppm") return write_file(path, codecs::ppm_bytes(path, image.contiguous(), text));
  throw UsageError(path, "a picture's name must end in .png or .ppm, got another ending");
}

std::string_view address_of(DigitalSource source) {
  switch (source) {
    case DigitalSource::composite_with_trained_algorithmic_media:
      return "http://cv.iptc.org/newscodes/digitalsourcetype/"
             "compositeWithTrainedAlgorithmicMedia";
    case DigitalSource::algorithmic_media:
      return "http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicMedia";
    case DigitalSource::trained_algorithmic_media:
      break;
  }
  return "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia";
}

// XMP specification part 1 (packet wrapper), IPTC Photo Metadata 2023.2 (Digital Source Type).
std::string xmp_of(DigitalSource source) {
  return fmt::format(
      "<?xpacket begin=\"\xEF\xBB\xBF\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n"
      "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\n"
      " <rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\n"
      "  <rdf:Description rdf:about=\"\" "
      "xmlns:Iptc4xmpExt=\"http://iptc.org/std/Iptc4xmpExt/2008-02-29/\"\n"
      "   Iptc4xmpExt:DigitalSourceType=\"{}\"/>\n"
      " </rdf:RDF>\n"
      "</x:xmpmeta>\n"
      "<?xpacket end=\"r\"?>",
      address_of(source));
}

}  // namespace dact
