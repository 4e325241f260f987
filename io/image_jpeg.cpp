// JPEG through libjpeg-turbo. Its errors are long jumps, held like those of image_png.cpp.
#include <fmt/core.h>

#include <algorithm>

#include "io/image_codecs.hpp"
#include "tensor/error.hpp"

#ifdef DACT_HAVE_JPEG
#include <jerror.h>
#include <jpeglib.h>

#include <csetjmp>
#include <cstdio>  // jpeglib.h uses FILE and size_t without including them
#include <cstring>
#endif

namespace dact::codecs {

#ifdef DACT_HAVE_JPEG
namespace {

constexpr int kMaxScans = 500;  // a progressive file of a few kilobytes can ask for hours of them

struct Decoder {
  jpeg_decompress_struct jpeg{};
  jpeg_error_mgr errors{};
  jpeg_progress_mgr progress{};
  std::jmp_buf back{};
  char message[JMSG_LENGTH_MAX] = "";
  Decoder() = default;
  ~Decoder() { jpeg_destroy_decompress(&jpeg); }
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;
};

Decoder* decoder_of(j_common_ptr jpeg) { return static_cast<Decoder*>(jpeg->client_data); }

void on_error(j_common_ptr jpeg) {
  Decoder* decoder = decoder_of(jpeg);
  jpeg->err->format_message(jpeg, decoder->message);
  std::longjmp(decoder->back, 1);
}

// The library goes on after damage and paints grey; a truncated or flipped file is an error here.
// Bytes between segments are common in files of cameras and harm nothing.
void on_message(j_common_ptr jpeg, int level) {
  if (level < 0 && jpeg->err->msg_code != JWRN_EXTRANEOUS_DATA) on_error(jpeg);
}

void on_progress(j_common_ptr jpeg) {
  if (reinterpret_cast<j_decompress_ptr>(jpeg)->input_scan_number <= kMaxScans) return;
  Decoder* decoder = decoder_of(jpeg);
  std::strncpy(decoder->message, "more than 500 scans", sizeof decoder->message - 1);
  std::longjmp(decoder->back, 1);
}

template <class F>
bool guarded(Decoder& decoder, F&& calls) {
  if (setjmp(decoder.back) != 0) return false;
  calls();
  return true;
}

[[noreturn]] void damaged(const Source& source, const Decoder& decoder) {
  const std::size_t left =
      decoder.jpeg.src != nullptr ? decoder.jpeg.src->bytes_in_buffer : source.bytes.size();
  throw IoError(source.name, fmt::format("a JPEG must be whole and undamaged, got near byte {}: {}",
                                         source.bytes.size() - std::min(left, source.bytes.size()),
                                         decoder.message));
}

int orientation_of(const Decoder& decoder) {
  constexpr std::string_view kExif("Exif\0\0", 6);
  for (jpeg_saved_marker_ptr marker = decoder.jpeg.marker_list; marker != nullptr;
       marker = marker->next) {
    const std::string_view data(reinterpret_cast<const char*>(marker->data), marker->data_length);
    if (marker->marker == JPEG_APP0 + 1 && data.starts_with(kExif))
      return exif_orientation(data.substr(kExif.size()));
  }
  return 1;
}

ImageInfo header_of(const Source& source, Decoder& decoder) {
  decoder.jpeg.err = jpeg_std_error(&decoder.errors);
  decoder.errors.error_exit = on_error;
  decoder.errors.emit_message = on_message;
  decoder.jpeg.client_data = &decoder;
  const bool read = guarded(decoder, [&] {
    jpeg_CreateDecompress(&decoder.jpeg, JPEG_LIB_VERSION, sizeof decoder.jpeg);
    decoder.progress.progress_monitor = on_progress;
    decoder.jpeg.progress = &decoder.progress;
    jpeg_mem_src(&decoder.jpeg, reinterpret_cast<const unsigned char*>(source.bytes.data()),
                 static_cast<unsigned long>(source.bytes.size()));
    jpeg_save_markers(&decoder.jpeg, JPEG_APP0 + 1, 0xFFFF);
    jpeg_read_header(&decoder.jpeg, TRUE);
  });
  if (!read) damaged(source, decoder);
  const jpeg_decompress_struct& jpeg = decoder.jpeg;
  ImageInfo info{.format = "jpeg",
                 .width = jpeg.image_width,
                 .height = jpeg.image_height,
                 .channels = jpeg.num_components,
                 .bits = jpeg.data_precision};
  info.orientation = orientation_of(decoder);
  check_size(source, info.width, info.height);
  if (jpeg.arith_code)
    throw IoError(source.name, "a JPEG must be Huffman coded, got arithmetic coding");
  if (jpeg.num_components != 1 && jpeg.num_components != 3)
    throw IoError(source.name,
                  fmt::format("a JPEG must be grey or colour, got {} components (CMYK is not read)",
                              jpeg.num_components));
  // Every 8x8 block of the finest component takes at least one bit.
  const std::int64_t blocks = ((info.width + 7) / 8) * ((info.height + 7) / 8);
  if (static_cast<std::uint64_t>(blocks) / 8 > source.bytes.size())
    throw IoError(source.name, fmt::format("{}x{} pixels must come from more bytes, got {}",
                                           info.width, info.height, source.bytes.size()));
  return info;
}

}  // namespace

ImageInfo read_jpeg(const Source& source, Tensor* pixels) {
  Decoder decoder;
  const ImageInfo info = header_of(source, decoder);
  if (pixels == nullptr) return info;
  *pixels = empty({info.height, info.width, 3}, DType::u8);
  std::uint8_t* out = pixels->mutate<std::uint8_t>();
  const bool read = guarded(decoder, [&] {
    jpeg_decompress_struct* jpeg = &decoder.jpeg;
    jpeg->out_color_space = JCS_RGB;
    jpeg->dct_method = JDCT_ISLOW;  // exact integers: the same pixels with and without SIMD
    jpeg_start_decompress(jpeg);
    while (jpeg->output_scanline < jpeg->output_height) {
      JSAMPROW row = out + std::size_t{jpeg->output_scanline} * jpeg->output_width * 3;
      jpeg_read_scanlines(jpeg, &row, 1);
    }
    jpeg_finish_decompress(jpeg);
  });
  if (!read) damaged(source, decoder);
  return info;
}

#else

ImageInfo read_jpeg(const Source& source, Tensor*) {
  throw IoError(source.name,
                "reading JPEG needs libjpeg, got a build without it; PPM works in every build");
}

#endif

}  // namespace dact::codecs
