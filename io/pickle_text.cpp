// Protocol 0: numbers, strings and memo indices as lines of text. Python 2 wrote it unless asked otherwise.
#include <fmt/core.h>

#include <algorithm>
#include <charconv>

#include "io/pickle_machine.hpp"

namespace dact {
namespace {

constexpr std::uint64_t kMaxDigits = 2500;  // of an integer of 1024 bytes

template <class T>
bool parse(std::string_view text, T& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

bool parse_hex(std::string_view text, std::uint32_t& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

void add_utf8(std::string& out, std::uint32_t code) {
  const auto tail = [&](unsigned shift) {
    out.push_back(static_cast<char>(0x80 | (code >> shift & 0x3F)));
  };
  if (code < 0x80) return out.push_back(static_cast<char>(code));
  if (code < 0x800) {
    out.push_back(static_cast<char>(0xC0 | code >> 6));
  } else if (code < 0x10000) {
    out.push_back(static_cast<char>(0xE0 | code >> 12));
    tail(6);
  } else {
    out.push_back(static_cast<char>(0xF0 | code >> 18));
    tail(12);
    tail(6);
  }
  tail(0);
}

// What stands between the quotes of Python 2's repr of a string, without its escapes; false for others.
bool unescaped(std::string_view text, std::string& out) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      out.push_back(text[i]);
      continue;
    }
    if (++i == text.size()) return false;
    constexpr std::string_view kLetters = "\\'\"nrt", kMeanings = "\\'\"\n\r\t";
    const std::size_t known = kLetters.find(text[i]);
    std::uint32_t code = 0;
    if (known != std::string_view::npos) {
      out.push_back(kMeanings[known]);
    } else if (text[i] == 'x' && i + 2 < text.size() && parse_hex(text.substr(i + 1, 2), code)) {
      out.push_back(static_cast<char>(code));
      i += 2;
    } else {
      return false;
    }
  }
  return true;
}

}  // namespace

bool PickleMachine::spelled() {
  switch (opcode_) {
    case 'I':
      push_spelled_integer();
      break;
    case 'L':
      push_spelled_long();
      break;
    case 'F':
      push_spelled_real();
      break;
    case 'S':
      push_spelled_string();
      break;
    case 'V':
      push_spelled_unicode();
      break;
    case 'p':
      put(spelled_index());
      break;
    case 'g':
      get(spelled_index());
      break;
    default:
      return false;
  }
  return true;
}

void PickleMachine::push_spelled_integer() {
  const std::string text = line(kMaxDigits, "digits");
  // How protocols 0 and 1 spell False and True.
  if (text == "00" || text == "01")
    return push_new({.kind = PickleKind::boolean, .integer = text == "01"});
  std::int64_t value = 0;
  require(parse(text, value), "spell an integer of 64 bits");
  push_integer(value);
}

void PickleMachine::push_spelled_long() {
  std::string text = line(kMaxDigits, "digits");
  if (!text.empty() && text.back() == 'L') text.pop_back();
  std::int64_t value = 0;
  if (parse(text, value)) return push_integer(value);
  const std::size_t first = text.starts_with('-') ? 1 : 0;
  const bool digits = text.size() > first && text[first] != '0' &&
                      std::all_of(text.begin() + static_cast<std::ptrdiff_t>(first), text.end(),
                                  [](char c) { return c >= '0' && c <= '9'; });
  require(digits, "spell an integer");
  push_new({.kind = PickleKind::big_integer, .text = std::move(text)});
}

void PickleMachine::push_spelled_real() {
  double value = 0;
  require(parse(line(kMaxDigits, "digits"), value), "spell a number");
  push_new({.kind = PickleKind::real, .real = value});
}

void PickleMachine::push_spelled_string() {
  const std::string text = line(in_.left(), "a string");
  std::string out;
  const bool quoted = text.size() >= 2 && text.front() == text.back() &&
                      (text.front() == '\'' || text.front() == '"');
  require(quoted && unescaped(std::string_view(text).substr(1, text.size() - 2), out),
          "hold a string as Python 2 prints it");
  push_text(std::move(out));
}

// Bytes are the first 256 code points; \uXXXX and \UXXXXXXXX the others.
void PickleMachine::push_spelled_unicode() {
  const std::string text = line(in_.left(), "a string");
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape =
        text[i] == '\\' && i + 1 < text.size() && (text[i + 1] == 'u' || text[i + 1] == 'U');
    std::uint32_t code = static_cast<unsigned char>(text[i]);
    if (escape) {
      const std::size_t digits = text[i + 1] == 'u' ? 4 : 8;
      const bool whole = i + 2 + digits <= text.size() &&
                         parse_hex(std::string_view(text).substr(i + 2, digits), code) &&
                         code < 0x110000 && (code < 0xD800 || code > 0xDFFF);
      require(whole, "hold Unicode as Python escapes it");
      i += 1 + digits;
    }
    add_utf8(out, code);
  }
  push_text(std::move(out));
}

std::size_t PickleMachine::spelled_index() {
  std::size_t index = 0;
  require(parse(line(kMaxDigits, "digits"), index), "spell a memo index");
  return index;
}

}  // namespace dact
