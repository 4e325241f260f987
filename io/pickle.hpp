// Python pickles read as data. No name is looked up, imported or called: whatever a pickle asks for
// becomes a record.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "io/file.hpp"

namespace dact {

using NodeId = std::uint32_t;
inline constexpr NodeId kNoNode = 0xFFFFFFFF;

enum class PickleKind : std::uint8_t {
  none,
  boolean,
  integer,
  big_integer,  // beyond 64 bits, decimal in `text`
  real,
  text,  // also the byte strings of Python 2
  bytes,
  tuple,
  list,
  dict,  // items are key, value, key, value ...; a later key wins over an equal earlier one
  set,
  global,   // `text` is "module name"; inert
  object,   // what a call would have made: callee, arguments, and all that was put into it; inert
  storage,  // PyTorch's persistent id; items are its entries
};

/// One value. Children are indices, so that cycles, sharing and depth cost nothing when the tree
/// goes away.
struct PickleNode {
  PickleKind kind = PickleKind::none;
  std::int64_t integer = 0;  // boolean, integer
  double real = 0;
  std::string text = {};
  std::vector<NodeId> items = {};
  NodeId callee = kNoNode, arguments = kNoNode;  // object
  NodeId state = kNoNode;                        // object, dict: what BUILD set
  NodeId list = kNoNode, dict = kNoNode;         // object: what was appended, what was set by key
  std::uint64_t offset = 0;                      // byte of the opcode that made it
};

class PickleTree {
 public:
  NodeId root = kNoNode;
  std::vector<NodeId> storages;  // every persistent id, in order of appearance

  const PickleNode& at(NodeId id) const { return nodes_[id]; }
  PickleNode& at(NodeId id) { return nodes_[id]; }
  std::size_t size() const { return nodes_.size(); }
  NodeId add(PickleNode node);
  bool is_text(NodeId id, std::string_view text) const;
  bool is_global(NodeId id, std::string_view name) const;
  /// An object whose callee is the global `name`.
  bool is_call(NodeId id, std::string_view name) const;
  /// Value of a text key in a dict; kNoNode when absent.
  NodeId find(NodeId dict, std::string_view key) const;

 private:
  std::vector<PickleNode> nodes_;
};

/// The pickle that begins at `begin`. `end` (in, out): where it must end at the latest, then where
/// it did.
///
/// Read: the opcodes that PyTorch and numpy write (protocols 0 to 5; protocol 0 spells numbers and
/// strings as lines of text). Refused with opcode and byte:
/// every other opcode; globals that exist to run code or touch the system (os, subprocess,
/// builtins.eval ...); broken structure (underflow of stack or marks, unknown memo entries, lengths
/// past the end, a call of something that is no record). Own limits: 2^24 opcodes, 2^22 values,
/// memo and stack entries, integers of 1024 bytes, names of 512. storages: whether PyTorch's
/// persistent ids are taken. throws  IoError
PickleTree read_pickle(const InputFile& file, std::uint64_t begin, std::uint64_t& end,
                       bool storages);
/// A file that is one pickle and nothing behind it.
PickleTree read_pickle(const InputFile& file);

/// JSON of a value, for people: tuples and sets as lists, records as "<module name>", at most
/// `limit` bytes (cut with
/// "..."), at most 32 levels.
std::string pickle_json(const PickleTree& tree, NodeId id, std::size_t limit);

}  // namespace dact
