// What self-contained HTML pages are made of: nothing in them comes from outside.
#pragma once
#include <string>
#include <string_view>

#include "tensor/tensor.hpp"

namespace dact::cli {

/// Text with <, >, & and " as entities.
std::string html_text(std::string_view text);

/// RFC 4648, section 4.
std::string base64(std::string_view bytes);

/// <img> with the picture inside, shown `width` pixels wide without smoothing.
/// picture      u8 [H, W, 3]
/// throws       UsageError in a build without PNG
std::string html_picture(const Tensor& picture, int width, std::string_view title = {});

/// A whole page: title, style and body. `body` is HTML.
std::string html_page(std::string_view title, std::string_view body);

}  // namespace dact::cli
