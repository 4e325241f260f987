#include "io/json.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>

#include "tensor/error.hpp"

namespace dact {
namespace {

constexpr std::size_t kMaxDepth = 127;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_space(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

void append_utf8(std::string& out, std::uint32_t point) {
  const auto put = [&](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (point < 0x80) {
    put(point);
  } else if (point < 0x800) {
    put(0xC0 | point >> 6), put(0x80 | (point & 0x3F));
  } else if (point < 0x10000) {
    put(0xE0 | point >> 12), put(0x80 | (point >> 6 & 0x3F)), put(0x80 | (point & 0x3F));
  } else {
    put(0xF0 | point >> 18), put(0x80 | (point >> 12 & 0x3F));
    put(0x80 | (point >> 6 & 0x3F)), put(0x80 | (point & 0x3F));
  }
}

// Length of the well-formed sequence at text[i], 0 when there is none (Unicode 15, table 3-7).
std::size_t utf8_length(std::string_view text, std::size_t i) {
  const auto byte = [&](std::size_t k) {
    return i + k < text.size() ? static_cast<unsigned char>(text[i + k]) : 0U;
  };
  const auto tail = [&](std::size_t k) { return (byte(k) & 0xC0) == 0x80; };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead < 0xC2 || lead > 0xF4 || !tail(1)) return 0;
  if (lead < 0xE0) return 2;
  if (!tail(2)) return 0;
  if (lead == 0xE0 && byte(1) < 0xA0) return 0;  // overlong
  if (lead == 0xED && byte(1) > 0x9F) return 0;  // surrogate
  if (lead < 0xF0) return 3;
  if (!tail(3) || (lead == 0xF0 && byte(1) < 0x90) || (lead == 0xF4 && byte(1) > 0x8F)) return 0;
  return 4;
}

}  // namespace

std::size_t utf8_error(std::string_view text) {
  std::size_t i = 0;
  while (i < text.size()) {
    const std::size_t length = utf8_length(text, i);
    if (length == 0) return i;
    i += length;
  }
  return i;
}

std::string json_quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out.push_back(c);
    }
  }
  return out + "\"";
}

void JsonReader::fail(std::string_view must) const {
  std::string got = "the end of the text";
  if (at_ < text_.size()) {
    const auto c = static_cast<unsigned char>(text_[at_]);
    got = c >= 0x20 && c < 0x7F ? fmt::format("'{}'", text_[at_]) : fmt::format("byte 0x{:02x}", c);
  }
  throw IoError(name_, fmt::format("{} at byte {}, got {}", must, first_byte_ + at_, got));
}

char JsonReader::peek() {
  while (at_ < text_.size() && is_space(text_[at_])) ++at_;
  return at_ < text_.size() ? text_[at_] : '\0';
}

bool JsonReader::accept(char c) {
  if (peek() != c || at_ == text_.size()) return false;
  ++at_;
  return true;
}

void JsonReader::expect(char c) {
  if (!accept(c)) fail(fmt::format("'{}' must come", c));
}

bool JsonReader::accept_null() {
  if (peek() != 'n') return false;
  skip_word("null");
  return true;
}

void JsonReader::skip_word(std::string_view word) {
  if (text_.substr(at_, word.size()) != word) fail(fmt::format("the word {} must come", word));
  at_ += word.size();
}

std::uint32_t JsonReader::hex4() {
  std::uint32_t value = 0;
  for (int i = 0; i < 4; ++i, ++at_) {
    const char c = at_ < text_.size() ? text_[at_] : '\0';
    const char lower = static_cast<char>(c | 0x20);
    if (!is_digit(c) && !(lower >= 'a' && lower <= 'f')) fail("four hex digits must follow \\u");
    value = value * 16 + static_cast<std::uint32_t>(is_digit(c) ? c - '0' : lower - 'a' + 10);
  }
  return value;
}

// at_ stands behind the backslash.
void JsonReader::append_escape(std::string& out) {
  constexpr std::string_view kNames = "\"\\/bfnrt", kValues = "\"\\/\b\f\n\r\t";
  const char c = at_ < text_.size() ? text_[at_] : '\0';
  const std::size_t simple = kNames.find(c);
  if (simple != std::string_view::npos) {
    out.push_back(kValues[simple]);
    ++at_;
    return;
  }
  if (c != 'u') fail("an escape must be one of \" \\ / b f n r t u");
  ++at_;
  std::uint32_t point = hex4();
  if (point >= 0xDC00 && point < 0xE000) fail("a low surrogate must follow a high one");
  if (point >= 0xD800 && point < 0xDC00) {
    if (text_.substr(at_, 2) != "\\u") fail("a low surrogate must follow a high one");
    at_ += 2;
    const std::uint32_t low = hex4();
    if (low < 0xDC00 || low > 0xDFFF) fail("a low surrogate must follow a high one");
    point = 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00);
  }
  append_utf8(out, point);
}

std::string JsonReader::string() {
  expect('"');
  std::string out;
  for (;;) {
    const std::size_t start = at_;
    while (at_ < text_.size() && text_[at_] != '"' && text_[at_] != '\\' &&
           static_cast<unsigned char>(text_[at_]) >= 0x20)
      ++at_;
    out.append(text_.substr(start, at_ - start));
    if (at_ == text_.size() || static_cast<unsigned char>(text_[at_]) < 0x20)
      fail("a string must end with a quote and hold no raw control character");
    if (text_[at_++] == '"') return out;
    append_escape(out);
  }
}

std::uint64_t JsonReader::unsigned_integer() {
  constexpr std::string_view kMust = "a non-negative integer below 2^64 must come";
  if (!is_digit(peek())) fail(kMust);
  const std::size_t start = at_;
  std::uint64_t value = 0;
  while (at_ < text_.size() && is_digit(text_[at_])) {
    const auto digit = static_cast<std::uint64_t>(text_[at_] - '0');
    if (__builtin_mul_overflow(value, std::uint64_t{10}, &value) ||
        __builtin_add_overflow(value, digit, &value))
      fail(kMust);
    ++at_;
  }
  const char next = at_ < text_.size() ? text_[at_] : '\0';
  if ((text_[start] == '0' && at_ - start > 1) || next == '.' || next == 'e' || next == 'E')
    fail(kMust);
  return value;
}

void JsonReader::skip_number() {
  const auto digits = [&] {
    if (at_ == text_.size() || !is_digit(text_[at_])) fail("a digit must come");
    while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
  };
  const auto next_is = [&](std::string_view any) {
    return at_ < text_.size() && any.find(text_[at_]) != std::string_view::npos;
  };
  if (next_is("-")) ++at_;
  if (next_is("0")) {
    ++at_;
    if (at_ < text_.size() && is_digit(text_[at_])) fail("a number must not begin with 0");
  } else {
    digits();
  }
  if (next_is(".")) ++at_, digits();
  if (next_is("eE")) {
    ++at_;
    if (next_is("+-")) ++at_;
    digits();
  }
}

double JsonReader::number() {
  peek();
  const std::size_t start = at_;
  skip_number();
  double value = 0;
  const char* end = text_.data() + at_;
  if (std::from_chars(text_.data() + start, end, value).ec != std::errc()) {
    at_ = start;
    fail("a number within the range of double must come");
  }
  return value;
}

void JsonReader::skip_value() {
  std::string open;  // the closing brackets that are due, innermost last
  for (;;) {
    const char c = peek();
    if (c == '{' || c == '[') {
      if (open.size() == kMaxDepth) fail("values must nest at most 127 deep");
      ++at_;
      open.push_back(c == '{' ? '}' : ']');
      if (!accept(open.back())) {
        if (c == '{') string(), expect(':');
        continue;
      }
      open.pop_back();
    } else if (c == '"') {
      string();
    } else if (c == 't' || c == 'f' || c == 'n') {
      skip_word(c == 't' ? "true" : c == 'f' ? "false" : "null");
    } else {
      skip_number();
    }
    while (!open.empty() && accept(open.back())) open.pop_back();
    if (open.empty()) return;
    expect(',');
    if (open.back() == '}') string(), expect(':');
  }
}

}  // namespace dact
