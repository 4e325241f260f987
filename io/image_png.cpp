// PNG through libpng. Its errors are long jumps: they may only cross frames without destructors, so
// all calls into the library stand in small lambdas that hold nothing but pointers.
#include <fmt/core.h>

#include "io/image_codecs.hpp"
#include "tensor/error.hpp"

#ifdef DACT_HAVE_PNG
#include <png.h>

#include <csetjmp>
#include <cstring>
#include <vector>
#endif

namespace dact::codecs {

#ifdef DACT_HAVE_PNG
namespace {

// What the callbacks see.
struct Channel {
  std::string_view in;
  std::size_t at = 0;
  std::string* out = nullptr;
  char message[128] = "";
};

void on_error(png_structp png, png_const_charp text) {
  auto* channel = static_cast<Channel*>(png_get_error_ptr(png));
  std::strncpy(channel->message, text, sizeof channel->message - 1);
  png_longjmp(png, 1);
}
void on_warning(png_structp, png_const_charp) {}

void on_read(png_structp png, png_bytep into, png_size_t bytes) {
  auto* channel = static_cast<Channel*>(png_get_io_ptr(png));
  if (bytes > channel->in.size() - channel->at) png_error(png, "the file ends too early");
  std::memcpy(into, channel->in.data() + channel->at, bytes);
  channel->at += bytes;
}

void on_write(png_structp png, png_bytep from, png_size_t bytes) {
  auto* channel = static_cast<Channel*>(png_get_io_ptr(png));
  bool stored = true;
  try {
    channel->out->append(reinterpret_cast<const char*>(from), bytes);
  } catch (...) {  // no exception may cross the library
    stored = false;
  }
  if (!stored) png_error(png, "out of memory");
}
void on_flush(png_structp) {}

// Runs calls into libpng; false after an error of it.
template <class F>
bool guarded(png_structp png, F&& calls) {
  if (setjmp(png_jmpbuf(png)) != 0) return false;
  calls();
  return true;
}

struct Reader {
  Channel channel;
  png_structp png = nullptr;
  png_infop info = nullptr;
  Reader() {
    png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &channel, on_error, on_warning);
    if (png != nullptr) info = png_create_info_struct(png);
  }
  ~Reader() { png_destroy_read_struct(&png, &info, nullptr); }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
};

struct Writer {
  Channel channel;
  png_structp png = nullptr;
  png_infop info = nullptr;
  Writer() {
    png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &channel, on_error, on_warning);
    if (png != nullptr) info = png_create_info_struct(png);
  }
  ~Writer() { png_destroy_write_struct(&png, &info); }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
};

[[noreturn]] void damaged(const Source& source, const Reader& reader) {
  throw IoError(source.name, fmt::format("a PNG must be whole and undamaged, got near byte {}: {}",
                                         reader.channel.at, reader.channel.message));
}

// libpng allocates what a chunk claims to hold before it reads it: 2 GB for a file of 127 bytes.
void check_chunks(const Source& source) {
  constexpr std::size_t kSignature = 8, kAround = 12;  // length, name and checksum of a chunk
  const std::string_view bytes = source.bytes;
  for (std::size_t at = kSignature; at + kAround <= bytes.size();) {
    std::size_t length = 0;
    for (std::size_t i = at; i < at + 4; ++i)
      length = length << 8 | static_cast<unsigned char>(bytes[i]);
    if (length > bytes.size() - at - kAround)
      throw IoError(source.name,
                    fmt::format("a PNG must be whole and undamaged, got near byte {}: a chunk of "
                                "{} bytes where {} are left",
                                at, length, bytes.size() - at - kAround));
    if (bytes.substr(at + 4, 4) == "IEND") return;
    at += kAround + length;
  }
}

std::map<std::string, std::string> text_of(const Reader& reader) {
  std::map<std::string, std::string> out;
  png_textp texts = nullptr;
  const int count = png_get_text(reader.png, reader.info, &texts, nullptr);
  for (int i = 0; i < count; ++i) {
    if (texts[i].key == nullptr || texts[i].text == nullptr) continue;
    const std::size_t length = texts[i].compression >= PNG_ITXT_COMPRESSION_NONE
                                   ? texts[i].itxt_length
                                   : texts[i].text_length;
    out[texts[i].key] = std::string(texts[i].text, length);
  }
  return out;
}

int orientation_of(const Reader& reader) {
#ifdef PNG_eXIf_SUPPORTED
  png_uint_32 bytes = 0;
  png_bytep exif = nullptr;
  if (png_get_eXIf_1(reader.png, reader.info, &bytes, &exif) != 0)
    return exif_orientation({reinterpret_cast<const char*>(exif), bytes});
#else
  static_cast<void>(reader);
#endif
  return 1;
}

ImageInfo header_of(const Source& source, Reader& reader) {
  check_chunks(source);
  reader.channel.in = source.bytes;
  const auto side = static_cast<png_uint_32>(source.limits.side);
  const bool read = guarded(reader.png, [&] {
    png_set_read_fn(reader.png, &reader.channel, on_read);
    png_set_user_limits(reader.png, side, side);
    png_read_info(reader.png, reader.info);
  });
  if (!read) damaged(source, reader);
  ImageInfo info{.format = "png"};
  info.width = png_get_image_width(reader.png, reader.info);
  info.height = png_get_image_height(reader.png, reader.info);
  info.channels = png_get_channels(reader.png, reader.info);
  info.bits = png_get_bit_depth(reader.png, reader.info);
  info.orientation = orientation_of(reader);
  info.text = text_of(reader);
  check_size(source, info.width, info.height);
  // Deflate gains at most 1032 to 1: a short file that claims many rows is refused before they are
  // allocated.
  const auto packed = static_cast<std::uint64_t>(png_get_rowbytes(reader.png, reader.info)) *
                      static_cast<std::uint64_t>(info.height);
  if (packed / 1032 > source.bytes.size())
    throw IoError(source.name, fmt::format("{}x{} pixels must come from more bytes, got {}",
                                           info.width, info.height, source.bytes.size()));
  return info;
}

}  // namespace

ImageInfo read_png(const Source& source, Tensor* pixels) {
  Reader reader;
  if (reader.info == nullptr) throw ResourceError(source.name, "libpng must get memory, got none");
  const ImageInfo info = header_of(source, reader);
  if (pixels == nullptr) return info;
  *pixels = empty({info.height, info.width, 3}, DType::u8);
  std::vector<png_bytep> rows(static_cast<std::size_t>(info.height));
  std::uint8_t* out = pixels->mutate<std::uint8_t>();
  for (std::size_t y = 0; y < rows.size(); ++y)
    rows[y] = out + y * static_cast<std::size_t>(info.width) * 3;
  const bool read = guarded(reader.png, [&] {
    png_structp png = reader.png;
    png_set_expand(png);  // palettes to RGB, 1 to 4 bits to 8
    png_set_scale_16(png);
    png_set_strip_alpha(png);
    png_set_gray_to_rgb(png);
    png_set_interlace_handling(png);
    png_read_update_info(png, reader.info);
    if (png_get_rowbytes(png, reader.info) != static_cast<std::size_t>(info.width) * 3)
      png_error(png, "rows are not RGB");
    png_read_image(png, rows.data());
    png_read_end(png, nullptr);
  });
  if (!read) damaged(source, reader);
  return info;
}

std::string png_bytes(const std::string& path, const Tensor& image,
                      const std::map<std::string, std::string>& text) {
  Writer writer;
  if (writer.info == nullptr) throw ResourceError(path, "libpng must get memory, got none");
  std::string bytes;
  writer.channel.out = &bytes;
  std::vector<png_text> chunks;
  std::vector<std::string> copies;  // libpng asks for writable strings
  copies.reserve(2 * text.size());
  for (const auto& [key, value] : text) {
    copies.push_back(key);
    copies.push_back(value);
    png_text chunk{};
    chunk.compression = PNG_ITXT_COMPRESSION_NONE;
    chunk.key = copies[copies.size() - 2].data();
    chunk.text = copies.back().data();
    chunks.push_back(chunk);
  }
  const std::uint8_t* pixels = image.data<std::uint8_t>();
  const auto height = static_cast<std::size_t>(image.size(0)),
             width = static_cast<std::size_t>(image.size(1));
  const bool written = guarded(writer.png, [&] {
    png_structp png = writer.png;
    png_set_write_fn(png, &writer.channel, on_write, on_flush);
    png_set_IHDR(png, writer.info, static_cast<png_uint_32>(width),
                 static_cast<png_uint_32>(height), 8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_set_compression_level(png, 6);
    if (!chunks.empty())
      png_set_text(png, writer.info, chunks.data(), static_cast<int>(chunks.size()));
    png_write_info(png, writer.info);
    for (std::size_t y = 0; y < height; ++y) png_write_row(png, pixels + y * width * 3);
    png_write_end(png, writer.info);
  });
  if (!written)
    throw IoError(path,
                  fmt::format("libpng must write the picture, got: {}", writer.channel.message));
  return bytes;
}

#else

ImageInfo read_png(const Source& source, Tensor*) {
  throw IoError(source.name,
                "reading PNG needs libpng, got a build without it; PPM works in every build");
}

std::string png_bytes(const std::string& path, const Tensor&,
                      const std::map<std::string, std::string>&) {
  throw UsageError(path,
                   "writing PNG needs libpng, got a build without it; a name that ends in .ppm "
                   "works in every build");
}

#endif

}  // namespace dact::codecs
