// One codec per format, for image.cpp. All take the whole file in memory and have no limits of
// their own but those given.
#pragma once
#include <map>
#include <string>
#include <string_view>

#include "io/image.hpp"

namespace dact::codecs {

/// A picture's bytes and the name that stands in error texts.
struct Source {
  std::string_view bytes;
  const std::string& name;
  const ImageLimits& limits;
};

/// Throws IoError when the sides are 0 or beyond the limits.
void check_size(const Source& source, std::int64_t width, std::int64_t height);

/// 1 to 8 from a TIFF block ("II*\0..." or "MM\0*..."); 1 when it is absent or damaged.
int exif_orientation(std::string_view tiff);

/// pixels: null for the header alone, else a tensor for [H, W, 3] before orientation.
ImageInfo read_png(const Source& source, Tensor* pixels);
ImageInfo read_jpeg(const Source& source, Tensor* pixels);
ImageInfo read_ppm(const Source& source, Tensor* pixels);

std::string png_bytes(const std::string& path, const Tensor& image,
                      const std::map<std::string, std::string>& text);
std::string ppm_bytes(const std::string& path, const Tensor& image,
                      const std::map<std::string, std::string>& text);

}  // namespace dact::codecs
