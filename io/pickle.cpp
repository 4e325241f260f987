#include "io/pickle.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cstring>

#include "io/json.hpp"
#include "io/pickle_machine.hpp"
#include "io/pickle_rules.hpp"
#include "tensor/error.hpp"

namespace dact {
namespace {

constexpr std::uint64_t kMaxOpcodes = std::uint64_t{1} << 24;
constexpr std::size_t kMaxCount = std::size_t{1} << 22;  // of values, stack entries, marks
constexpr std::uint64_t kMaxLong = 1024;
constexpr std::size_t kBuffer = 65536;

// Two's complement, little-endian, to decimal digits: negate, then divide by ten until nothing is
// left.
std::string decimal(std::string raw) {
  const bool negative = (raw.back() & '\x80') != 0;
  int carry = 1;
  for (char& c : raw) {
    if (!negative) break;
    carry += static_cast<unsigned char>(~c);
    c = static_cast<char>(carry & 0xFF);
    carry >>= 8;
  }
  std::string digits;
  do {
    unsigned rest = 0;
    for (std::size_t i = raw.size(); i > 0; --i) {
      rest = rest << 8 | static_cast<unsigned char>(raw[i - 1]);
      raw[i - 1] = static_cast<char>(rest / 10);
      rest %= 10;
    }
    digits.push_back(static_cast<char>('0' + rest));
    while (!raw.empty() && raw.back() == '\0') raw.pop_back();
  } while (!raw.empty());
  if (negative) digits.push_back('-');
  std::reverse(digits.begin(), digits.end());
  return digits;
}

}  // namespace

NodeId PickleTree::add(PickleNode node) {
  nodes_.push_back(std::move(node));
  return static_cast<NodeId>(nodes_.size() - 1);
}

bool PickleTree::is_text(NodeId id, std::string_view text) const {
  return id != kNoNode && at(id).kind == PickleKind::text && at(id).text == text;
}

bool PickleTree::is_global(NodeId id, std::string_view name) const {
  return id != kNoNode && at(id).kind == PickleKind::global && at(id).text == name;
}

bool PickleTree::is_call(NodeId id, std::string_view name) const {
  return id != kNoNode && at(id).kind == PickleKind::object && is_global(at(id).callee, name);
}

NodeId PickleTree::find(NodeId dict, std::string_view key) const {
  if (dict == kNoNode || at(dict).kind != PickleKind::dict) return kNoNode;
  const std::vector<NodeId>& items = at(dict).items;
  for (std::size_t i = items.size(); i >= 2; i -= 2)
    if (is_text(items[i - 2], key)) return items[i - 1];
  return kNoNode;
}

void PickleBytes::read(void* into, std::size_t bytes) {
  auto* out = static_cast<char*>(into);
  while (bytes > 0) {
    if (used_ == buffer_.size() && bytes >= kBuffer) {
      file_.read_at(at_, out, bytes);
      at_ += bytes;
      return;
    }
    if (used_ == buffer_.size()) {
      buffer_.resize(static_cast<std::size_t>(std::min<std::uint64_t>(kBuffer, left())));
      file_.read_at(at_, buffer_.data(), buffer_.size());
      used_ = 0;
    }
    const std::size_t piece = std::min(bytes, buffer_.size() - used_);
    std::memcpy(out, buffer_.data() + used_, piece);
    used_ += piece;
    at_ += piece;
    out += piece;
    bytes -= piece;
  }
}

PickleTree PickleMachine::run() {
  for (std::uint64_t count = 0;; ++count) {
    offset_ = in_.at();
    if (count == kMaxOpcodes)
      throw IoError(file_.name(), "a pickle must have at most 2^24 opcodes, got more");
    if (in_.left() == 0)
      throw IoError(file_.name(),
                    fmt::format("a pickle must end with STOP, got the end at byte {}", offset_));
    opcode_ = number<std::uint8_t>();
    if (opcode_ == '.') break;
    if (!scalar() && !string() && !container() && !filling() && !memo() && !record() && !spelled())
      fail("must be one that holds data, got one that is refused");
  }
  require(stack_.size() == 1 && marks_.empty(), "leave one value on the stack");
  tree_.root = stack_[0];
  return std::move(tree_);
}

void PickleMachine::fail(std::string_view what) const {
  throw IoError(file_.name(),
                fmt::format("the pickle's opcode {} (0x{:02x}) at byte {} {}",
                            pickle_rules::opcode_name(opcode_), opcode_, offset_, what));
}

void PickleMachine::require(bool holds, std::string_view must) const {
  if (!holds) fail(fmt::format("must {}, got none such", must));
}

void PickleMachine::require_count(std::size_t count, std::string_view what) const {
  if (count > kMaxCount) fail(fmt::format("must keep the {} at most 2^22, got more", what));
}

std::string PickleMachine::bytes(std::uint64_t count) {
  if (count > in_.left())
    fail(fmt::format("must fit the {} bytes that are left, got a length of {}", in_.left(), count));
  std::string text(static_cast<std::size_t>(count), '\0');
  in_.read(text.data(), text.size());
  return text;
}

std::string PickleMachine::line(std::uint64_t most, std::string_view what) {
  std::string text;
  for (char c = number<char>(); c != '\n'; c = number<char>()) {
    if (text.size() == most)
      fail(fmt::format("must have {} of at most {} bytes, got more", what, most));
    text.push_back(c);
  }
  return text;
}

void PickleMachine::push(NodeId id) {
  require_count(stack_.size() + 1, "values on the stack");
  stack_.push_back(id);
}

NodeId PickleMachine::add(PickleNode node) {
  require_count(tree_.size() + 1, "values");
  node.offset = offset_;
  return tree_.add(std::move(node));
}

NodeId PickleMachine::top() const {
  require(stack_.size() > (marks_.empty() ? 0 : marks_.back()), "find a value on the stack");
  return stack_.back();
}

NodeId PickleMachine::pop() {
  const NodeId id = top();
  stack_.pop_back();
  return id;
}

std::vector<NodeId> PickleMachine::pop_some(std::size_t count) {
  std::vector<NodeId> items(count);
  for (std::size_t i = count; i > 0; --i) items[i - 1] = pop();
  return items;
}

std::vector<NodeId> PickleMachine::pop_to_mark() {
  require(!marks_.empty(), "find a mark on the stack");
  const auto from = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
  std::vector<NodeId> items(from, stack_.end());
  stack_.erase(from, stack_.end());
  marks_.pop_back();
  return items;
}

void PickleMachine::protocol() {
  const int version = number<std::uint8_t>();
  if (version > 5) fail(fmt::format("must name a protocol up to 5, got {}", version));
  require(tree_.size() == 0 && marks_.empty(), "come before all values");
}

void PickleMachine::frame() {
  const auto length = number<std::uint64_t>();
  if (length > in_.left())
    fail(fmt::format("must fit the {} bytes that are left, got {}", in_.left(), length));
}

void PickleMachine::push_integer(std::int64_t value) {
  push_new({.kind = PickleKind::integer, .integer = value});
}

void PickleMachine::push_long(std::uint64_t length) {
  if (length > kMaxLong)
    fail(fmt::format("must hold an integer of at most {} bytes, got {}", kMaxLong, length));
  std::string raw = bytes(length);
  if (length > 8)
    return push_new({.kind = PickleKind::big_integer, .text = decimal(std::move(raw))});
  raw.resize(8, !raw.empty() && (raw.back() & '\x80') ? '\xFF' : '\0');
  std::int64_t value = 0;
  std::memcpy(&value, raw.data(), 8);
  push_integer(value);
}

void PickleMachine::push_unicode(std::uint64_t length) {
  std::string text = bytes(length);
  require(utf8_error(text) == text.size(), "hold UTF-8");
  push_text(std::move(text));
}

void PickleMachine::push_string(std::int32_t length) {
  if (length < 0) fail(fmt::format("must have a length >= 0, got {}", length));
  push_text(bytes(static_cast<std::uint64_t>(length)));
}

PickleTree read_pickle(const InputFile& file, std::uint64_t begin, std::uint64_t& end,
                       bool storages) {
  if (begin > end || end > file.size())
    throw IoError(file.name(),
                  fmt::format("a pickle must begin inside the file, got byte {}", begin));
  PickleMachine machine(file, begin, end, storages);
  PickleTree tree = machine.run();
  end = machine.at();
  return tree;
}

PickleTree read_pickle(const InputFile& file) {
  std::uint64_t end = file.size();
  PickleTree tree = read_pickle(file, 0, end, false);
  if (end != file.size())
    throw IoError(file.name(),
                  fmt::format("nothing must follow the pickle, got {} bytes from byte {}",
                              file.size() - end, end));
  return tree;
}

}  // namespace dact
