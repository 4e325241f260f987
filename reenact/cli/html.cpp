#include "reenact/cli/html.hpp"

#include <fmt/format.h>

#include "io/image.hpp"

namespace dact::cli {
namespace {

constexpr std::string_view kPageStyle = R"(
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 76rem; padding: 0 1rem; color: #1c1e21 }
h1 { font-size: 1.5rem } h2 { font-size: 1.15rem; margin-top: 2rem }
code { font: 13px ui-monospace, monospace; overflow-wrap: anywhere }
table { border-collapse: collapse } th, td { text-align: left; padding: .25rem .7rem .25rem 0; vertical-align: top }
td.n { text-align: right; font-variant-numeric: tabular-nums }
img { image-rendering: pixelated; display: block; border-radius: 3px }
figure { margin: 0 } figcaption { font-size: 13px; color: #4a4f57 }
.row { display: flex; gap: .8rem; flex-wrap: wrap; margin: .6rem 0 }
.meta { color: #4a4f57 } .mark { background: #fff4d6; padding: .4rem .7rem; border-radius: 4px }
)";

}  // namespace

std::string html_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '&')
      out += "&amp;";
    else if (c == '"')
      out += "&quot;";
    else
      out += c;
  }
  return out;
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t left = bytes.size() - i;
    const auto byte = [&](std::size_t k) {
      return k < left ? static_cast<unsigned char>(bytes[i + k]) : 0U;
    };
    const unsigned word = byte(0) << 16 | byte(1) << 8 | byte(2);
    for (unsigned k = 0; k < 4; ++k) out += k <= left ? kDigits[word >> (18 - 6 * k) & 63U] : '=';
  }
  return out;
}

std::string html_picture(const Tensor& picture, int width, std::string_view title) {
  const std::string image =
      fmt::format("<img width=\"{}\" alt=\"{}\" src=\"data:image/png;base64,{}\">", width,
                  html_text(title), base64(encode_png(picture)));
  if (title.empty()) return image;
  return fmt::format("<figure>{}<figcaption>{}</figcaption></figure>", image, html_text(title));
}

std::string html_page(std::string_view title, std::string_view body) {
  return fmt::format(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width\"><title>{}</title>"
      "<style>{}</style></head><body>\n{}</body></html>\n",
      html_text(title), kPageStyle, body);
}

}  // namespace dact::cli
