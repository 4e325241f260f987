// Strict JSON, read in one pass without building a tree: what the headers of tensor files need, and
// no more.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace dact {

/// Offset of the first byte that is not well-formed UTF-8 (no overlong forms, no surrogates,
/// nothing above U+10FFFF); text.size() when all is well.
std::size_t utf8_error(std::string_view text);

/// `text` as a JSON string with its quotes. Only quote, backslash and control characters are
/// escaped.
std::string json_quoted(std::string_view text);

/// Pulls values from JSON text (RFC 8259). Every function first skips white space, and throws
/// IoError naming the file and the byte when the text does not go on as asked. Nothing recurses:
/// depth costs no stack.
class JsonReader {
 public:
  /// `first_byte`: where the text begins in its file, for the error texts. The text must outlive
  /// the reader and be valid UTF-8 (checked by the caller with utf8_error).
  JsonReader(std::string_view text, std::string name, std::uint64_t first_byte)
      : text_(text), name_(std::move(name)), first_byte_(first_byte) {}

  /// Next character after white space, '\0' at the end.
  char peek();
  void expect(char c);
  /// Takes `c` if it comes next.
  bool accept(char c);
  /// A string, unescaped; lone surrogates and raw control characters are refused.
  std::string string();
  /// A non-negative integer below 2^64 without sign, fraction or exponent.
  std::uint64_t unsigned_integer();
  /// Any number, to the nearest double; one beyond its range is refused.
  double number();
  /// Takes the word `null` if it comes next.
  bool accept_null();
  /// Any value, checked and dropped. At most 127 levels deep, the depth that serde_json takes.
  void skip_value();
  bool at_end() { return peek() == '\0' && at_ == text_.size(); }
  /// IoError "<name>: <what> must hold at byte N, got ..."
  [[noreturn]] void fail(std::string_view must) const;

 private:
  void skip_word(std::string_view word);
  void skip_number();
  void append_escape(std::string& out);
  std::uint32_t hex4();
  std::string_view text_;
  std::string name_;
  std::uint64_t first_byte_;
  std::size_t at_ = 0;
};

}  // namespace dact
