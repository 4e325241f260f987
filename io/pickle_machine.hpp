// The stack machine behind read_pickle, for pickle.cpp and pickle_opcodes.cpp.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "io/pickle.hpp"

namespace dact {

/// Reads a range of a file front to back through a small buffer: a pickle may stand before
/// gigabytes of data.
class PickleBytes {
 public:
  PickleBytes(const InputFile& file, std::uint64_t begin, std::uint64_t end)
      : file_(file), at_(begin), end_(end) {}
  std::uint64_t at() const { return at_; }
  std::uint64_t left() const { return end_ - at_; }
  /// The caller has checked left().
  void read(void* into, std::size_t bytes);

 private:
  const InputFile& file_;
  std::uint64_t at_, end_;
  std::string buffer_;
  std::size_t used_ = 0;
};

/// The machine of Python's pickle module (pickletools.py documents every opcode), with calls left
/// out.
class PickleMachine {
 public:
  PickleMachine(const InputFile& file, std::uint64_t begin, std::uint64_t end, bool storages)
      : file_(file),
        in_(file, begin, end),
        storages_(storages),
        copy_budget_(2 * (end - begin) + (1U << 20)) {}
  PickleTree run();
  std::uint64_t at() const { return in_.at(); }

 private:
  [[noreturn]] void fail(std::string_view what) const;
  void require(bool holds, std::string_view must) const;
  void require_count(std::size_t count, std::string_view what) const;

  // ---- bytes
  template <class T>
  T number() {
    T value{};
    require(in_.left() >= sizeof(T), "have its operand inside the file");
    in_.read(&value, sizeof(T));
    return value;
  }
  std::string bytes(std::uint64_t count);
  std::string line(std::uint64_t most, std::string_view what);

  // ---- stack. Values below the innermost mark are out of reach.
  void push(NodeId id);
  NodeId add(PickleNode node);
  void push_new(PickleNode node) { push(add(std::move(node))); }
  NodeId top() const;
  NodeId pop();
  std::vector<NodeId> pop_some(std::size_t count);
  std::vector<NodeId> pop_to_mark();

  // ---- opcodes by family; each tells whether the opcode was its own
  bool scalar();
  bool string();
  bool container();
  bool filling();
  bool memo();
  bool record();
  bool spelled();

  void protocol();
  void frame();
  void push_integer(std::int64_t value);
  void push_long(std::uint64_t length);
  void push_text(std::string text) {
    push_new({.kind = PickleKind::text, .text = std::move(text)});
  }
  void push_bytes(std::string text) {
    push_new({.kind = PickleKind::bytes, .text = std::move(text)});
  }
  void push_unicode(std::uint64_t length);
  void push_string(std::int32_t length);
  void push_spelled_integer();
  void push_spelled_long();
  void push_spelled_real();
  void push_spelled_string();
  void push_spelled_unicode();
  std::size_t spelled_index();
  void push_items(PickleKind kind, std::vector<NodeId> items = {});
  void mark();
  void pop_any();
  NodeId target(PickleKind wanted);
  void append(const std::vector<NodeId>& values);
  void set(const std::vector<NodeId>& values);
  void put(std::size_t index);
  void get(std::size_t index);
  void global_by_lines();
  void global_by_stack();
  void push_global(const std::string& module, const std::string& name);
  void require_callee(NodeId callee) const;
  void call();
  void call_with_names();
  void build();
  void persistent();

  const InputFile& file_;
  PickleBytes in_;
  bool storages_;
  std::uint64_t copy_budget_;
  PickleTree tree_;
  std::vector<NodeId> stack_, memo_;
  std::vector<std::size_t> marks_;  // heights of the stack
  std::uint64_t offset_ = 0;        // of the opcode
  std::uint8_t opcode_ = 0;
};

}  // namespace dact
