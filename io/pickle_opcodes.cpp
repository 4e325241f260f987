// The opcodes that read_pickle takes, by family. Whatever is not listed here is refused.
#include <fmt/core.h>

#include <cstring>

#include "io/pickle_machine.hpp"

namespace dact {
namespace {

constexpr std::size_t kMaxMemo = std::size_t{1} << 22;

double from_big_endian(std::uint64_t bits) {
  bits = __builtin_bswap64(bits);
  double value = 0;
  std::memcpy(&value, &bits, 8);
  return value;
}

}  // namespace

bool PickleMachine::scalar() {
  switch (opcode_) {
    case 0x80:
      protocol();
      break;
    case 0x95:
      frame();
      break;
    case 'N':
      push_new({});
      break;
    case 0x88:
      push_new({.kind = PickleKind::boolean, .integer = 1});
      break;
    case 0x89:
      push_new({.kind = PickleKind::boolean});
      break;
    case 'K':
      push_integer(number<std::uint8_t>());
      break;
    case 'M':
      push_integer(number<std::uint16_t>());
      break;
    case 'J':
      push_integer(number<std::int32_t>());
      break;
    case 0x8a:
      push_long(number<std::uint8_t>());
      break;
    case 0x8b:
      push_long(number<std::uint32_t>());
      break;
    case 'G':
      push_new({.kind = PickleKind::real, .real = from_big_endian(number<std::uint64_t>())});
      break;
    default:
      return false;
  }
  return true;
}

bool PickleMachine::string() {
  switch (opcode_) {
    case 'X':
      push_unicode(number<std::uint32_t>());
      break;
    case 0x8c:
      push_unicode(number<std::uint8_t>());
      break;
    case 0x8d:
      push_unicode(number<std::uint64_t>());
      break;
    case 'U':
      push_text(bytes(number<std::uint8_t>()));
      break;
    case 'T':
      push_string(number<std::int32_t>());
      break;
    case 'C':
      push_bytes(bytes(number<std::uint8_t>()));
      break;
    case 'B':
      push_bytes(bytes(number<std::uint32_t>()));
      break;
    case 0x8e:
      push_bytes(bytes(number<std::uint64_t>()));
      break;
    default:
      return false;
  }
  return true;
}

bool PickleMachine::container() {
  switch (opcode_) {
    case ')':
      push_items(PickleKind::tuple);
      break;
    case 't':
      push_items(PickleKind::tuple, pop_to_mark());
      break;
    case 0x85:
    case 0x86:
    case 0x87:
      push_items(PickleKind::tuple, pop_some(opcode_ - 0x84U));
      break;
    case ']':
      push_items(PickleKind::list);
      break;
    case 'l':
      push_items(PickleKind::list, pop_to_mark());
      break;
    case '}':
      push_items(PickleKind::dict);
      break;
    case 'd':
      push_items(PickleKind::dict, pop_to_mark());
      break;
    case 0x8f:
      push_items(PickleKind::set);
      break;
    case 0x91:
      push_items(PickleKind::set, pop_to_mark());
      break;
    default:
      return false;
  }
  return true;
}

void PickleMachine::push_items(PickleKind kind, std::vector<NodeId> items) {
  require(kind != PickleKind::dict || items.size() % 2 == 0, "have keys and values in pairs");
  push_new({.kind = kind, .items = std::move(items)});
}

bool PickleMachine::filling() {
  switch (opcode_) {
    case '(':
      mark();
      break;
    case '0':
      pop_any();
      break;
    case '1':
      pop_to_mark();
      break;
    case '2':
      push(top());
      break;
    case 'a':
      append(pop_some(1));
      break;
    case 'e':
    case 0x90:
      append(pop_to_mark());
      break;
    case 's':
      set(pop_some(2));
      break;
    case 'u':
      set(pop_to_mark());
      break;
    default:
      return false;
  }
  return true;
}

void PickleMachine::mark() {
  require_count(marks_.size() + 1, "marks");
  marks_.push_back(stack_.size());
}

void PickleMachine::pop_any() {
  if (!marks_.empty() && stack_.size() == marks_.back()) {
    marks_.pop_back();
  } else {
    pop();
  }
}

// The list, set or dict that takes new entries; for a record, one that is made beside it.
NodeId PickleMachine::target(PickleKind wanted) {
  const NodeId id = top();
  const PickleKind kind = tree_.at(id).kind;
  const bool dict = wanted == PickleKind::dict;
  if (kind != PickleKind::object) {
    require(kind == wanted || (!dict && kind == PickleKind::set),
            dict ? "follow a dict" : "follow a list or a set");
    return id;
  }
  NodeId inner = dict ? tree_.at(id).dict : tree_.at(id).list;
  if (inner != kNoNode) return inner;
  inner = add({.kind = wanted});
  (dict ? tree_.at(id).dict : tree_.at(id).list) = inner;
  return inner;
}

void PickleMachine::append(const std::vector<NodeId>& values) {
  std::vector<NodeId>& items = tree_.at(target(PickleKind::list)).items;
  items.insert(items.end(), values.begin(), values.end());
}

void PickleMachine::set(const std::vector<NodeId>& values) {
  require(values.size() % 2 == 0, "have keys and values in pairs");
  std::vector<NodeId>& items = tree_.at(target(PickleKind::dict)).items;
  items.insert(items.end(), values.begin(), values.end());
}

bool PickleMachine::memo() {
  switch (opcode_) {
    case 'q':
      put(number<std::uint8_t>());
      break;
    case 'r':
      put(number<std::uint32_t>());
      break;
    case 0x94:
      put(memo_.size());
      break;
    case 'h':
      get(number<std::uint8_t>());
      break;
    case 'j':
      get(number<std::uint32_t>());
      break;
    default:
      return false;
  }
  return true;
}

void PickleMachine::put(std::size_t index) {
  if (index >= kMaxMemo) fail(fmt::format("must have a memo index below 2^22, got {}", index));
  const NodeId id = top();
  if (index >= memo_.size()) memo_.resize(index + 1, kNoNode);
  memo_[index] = id;
}

void PickleMachine::get(std::size_t index) {
  if (index >= memo_.size() || memo_[index] == kNoNode)
    fail(fmt::format("must name a memo entry that was put, got {}", index));
  push(memo_[index]);
}

}  // namespace dact
