// Binary PPM and PGM (netpbm P6, P5), 8 and 16 bits: the pictures of a build without libraries.
#include <fmt/core.h>

#include <algorithm>

#include "io/image_codecs.hpp"
#include "tensor/error.hpp"

namespace dact::codecs {
namespace {

class HeaderReader {
 public:
  explicit HeaderReader(const Source& source) : source_(source), at_(2) {}

  // White space and comments, then digits.
  std::int64_t number(std::string_view what) {
    skip();
    std::int64_t value = 0;
    const std::size_t start = at_;
    for (; at_ < source_.bytes.size() && is_digit(source_.bytes[at_]); ++at_) {
      if (at_ - start == 9) fail(fmt::format("the {} must have at most 9 digits", what));
      value = value * 10 + (source_.bytes[at_] - '0');
    }
    if (at_ == start) fail(fmt::format("the {} must be a number", what));
    return value;
  }
  // One white space stands before the pixels.
  std::size_t data() {
    if (at_ >= source_.bytes.size() || !is_space(source_.bytes[at_]))
      fail("white space must follow the largest value");
    return at_ + 1;
  }
  std::map<std::string, std::string> text;

 private:
  static bool is_digit(char c) { return c >= '0' && c <= '9'; }
  static bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
  [[noreturn]] void fail(const std::string& must) const {
    throw IoError(source_.name, fmt::format("{} at byte {}, got other bytes", must, at_));
  }
  void skip() {
    while (at_ < source_.bytes.size() &&
           (is_space(source_.bytes[at_]) || source_.bytes[at_] == '#')) {
      if (source_.bytes[at_] == '#')
        comment();
      else
        ++at_;
    }
  }
  void comment() {
    const std::size_t end = std::min(source_.bytes.find('\n', at_), source_.bytes.size());
    const std::string_view line = source_.bytes.substr(at_, end - at_);
    const std::size_t colon = line.find(": ");
    if (line.starts_with("# ") && colon != std::string_view::npos)
      text[std::string(line.substr(2, colon - 2))] = unescaped(line.substr(colon + 2));
    at_ = end;
  }
  static std::string unescaped(std::string_view line) {
    std::string out;
    for (std::size_t i = 0; i < line.size(); ++i) {
      const bool escape = line[i] == '\\' && i + 1 < line.size();
      if (escape) ++i;
      out.push_back(escape && line[i] == 'n' ? '\n' : escape && line[i] == 'r' ? '\r' : line[i]);
    }
    return out;
  }
  const Source& source_;
  std::size_t at_;
};

std::string escaped(std::string_view value) {
  std::string out;
  for (const char c : value) {
    if (c == '\\' || c == '\n' || c == '\r') out.push_back('\\');
    out.push_back(c == '\n' ? 'n' : c == '\r' ? 'r' : c);
  }
  return out;
}

// Sample i scaled from 0..largest to 0..255, to nearest.
std::uint8_t sample(std::string_view data, std::size_t i, std::uint32_t largest) {
  const auto byte = [&](std::size_t k) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(data[k]));
  };
  const std::uint32_t value = largest < 256 ? byte(i) : byte(2 * i) << 8 | byte(2 * i + 1);
  return static_cast<std::uint8_t>((std::min(value, largest) * 255 + largest / 2) / largest);
}

}  // namespace

ImageInfo read_ppm(const Source& source, Tensor* pixels) {
  const char kind = source.bytes[1];
  if (kind != '5' && kind != '6')
    throw IoError(source.name, fmt::format("a PPM must be binary (P5 or P6), got P{}", kind));
  HeaderReader header(source);
  ImageInfo info{.format = "ppm", .channels = kind == '6' ? 3 : 1};
  info.width = header.number("width");
  info.height = header.number("height");
  const std::int64_t largest = header.number("largest value");
  check_size(source, info.width, info.height);
  if (largest < 1 || largest > 65535)
    throw IoError(source.name,
                  fmt::format("the largest value must be 1 to 65535, got {}", largest));
  info.bits = largest < 256 ? 8 : 16;
  const std::string_view data = source.bytes.substr(header.data());
  info.text = std::move(header.text);
  const auto count = static_cast<std::size_t>(info.width * info.height);
  const std::size_t channels = kind == '6' ? 3 : 1,
                    bytes = count * channels * (largest < 256 ? 1 : 2);
  if (data.size() != bytes)
    throw IoError(source.name, fmt::format("{}x{} pixels must take {} bytes, got {}", info.width,
                                           info.height, bytes, data.size()));
  if (pixels == nullptr) return info;
  *pixels = empty({info.height, info.width, 3}, DType::u8);
  auto* out = pixels->mutate<std::uint8_t>();
  for (std::size_t i = 0; i < count * 3; ++i)
    out[i] = sample(data, channels == 3 ? i : i / 3, static_cast<std::uint32_t>(largest));
  return info;
}

std::string ppm_bytes(const std::string&, const Tensor& image,
                      const std::map<std::string, std::string>& text) {
  std::string bytes = "P6\n";
  for (const auto& [key, value] : text) bytes += fmt::format("# {}: {}\n", key, escaped(value));
  bytes += fmt::format("{} {}\n255\n", image.size(1), image.size(0));
  bytes.append(reinterpret_cast<const char*>(image.raw_data()),
               static_cast<std::size_t>(image.numel()));
  return bytes;
}

}  // namespace dact::codecs
