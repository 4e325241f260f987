// The few calls of pickle_rules.hpp whose result is plain data, as data.
#include <algorithm>
#include <iterator>

#include "io/pickle_rules.hpp"

namespace dact::pickle_rules {
namespace {

bool is_builtin_module(std::string_view module) {
  return module == "builtins" || module == "__builtin__" || module == "__builtins__";
}

bool is_latin1_name(std::string_view name) {
  return name == "latin1" || name == "latin-1" || name == "iso-8859-1";
}

// UTF-8 of code points up to U+00FF to one byte each; false when there are others.
bool latin1(std::string_view utf8, std::string& out) {
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    const auto lead = static_cast<unsigned char>(utf8[i]);
    if (lead < 0x80) {
      out.push_back(utf8[i]);
    } else if ((lead == 0xC2 || lead == 0xC3) && i + 1 < utf8.size()) {
      out.push_back(static_cast<char>((lead & 3) << 6 | (utf8[++i] & 0x3F)));
    } else {
      return false;
    }
  }
  return true;
}

class Call {
 public:
  Call(PickleTree& tree, NodeId arguments, std::size_t& copied, std::string& problem)
      : tree_(tree),
        items_(first_three(tree.at(arguments).items)),
        copied_(copied),
        problem_(problem) {}

  // The one list, tuple, set or dict among the arguments, copied under another kind; none gives an
  // empty one.
  NodeId container(PickleKind kind) {
    PickleNode node{.kind = kind};
    if (items_.size() > 1) return wrong("at most one argument");
    if (items_.size() == 1) {
      const PickleNode& from = tree_.at(items_[0]);
      const bool plain = from.kind == PickleKind::list || from.kind == PickleKind::tuple ||
                         from.kind == PickleKind::set;
      if (!plain) return wrong("a list");
      copied_ += from.items.size() * sizeof(NodeId);
      node.items = from.items;
    }
    return tree_.add(std::move(node));
  }

  // OrderedDict and dict: nothing, a dict, or a list of pairs (Python 2).
  NodeId mapping() {
    PickleNode node{.kind = PickleKind::dict};
    if (items_.size() > 1) return wrong("at most one argument");
    if (items_.size() == 1) {
      const PickleNode& from = tree_.at(items_[0]);
      copied_ += from.items.size() * 2 * sizeof(NodeId);
      if (from.kind == PickleKind::dict) {
        node.items = from.items;
      } else if (from.kind != PickleKind::list || !pairs(from, node.items)) {
        return wrong("a list of pairs");
      }
    }
    return tree_.add(std::move(node));
  }

  // (text, "latin1"), or nothing at all.
  NodeId bytes() {
    PickleNode node{.kind = PickleKind::bytes};
    if (items_.empty()) return tree_.add(std::move(node));
    const PickleNode& from = tree_.at(items_[0]);
    copied_ += from.text.size();
    if (items_.size() == 1 && from.kind == PickleKind::bytes) {
      node.text = from.text;
      return tree_.add(std::move(node));
    }
    const bool named = items_.size() == 2 && tree_.at(items_[1]).kind == PickleKind::text &&
                       is_latin1_name(tree_.at(items_[1]).text);
    if (!named || from.kind != PickleKind::text || !latin1(from.text, node.text))
      return wrong("(text, 'latin1')");
    return tree_.add(std::move(node));
  }

  NodeId argument() {
    if (items_.size() != 1 || tree_.at(items_[0]).kind != PickleKind::tuple)
      return wrong("one tuple");
    return items_[0];
  }

  // getattr(record, name): how Python 3.11 writes an enum. A name like __globals__ is how sandboxes
  // are left.
  NodeId attribute() {
    const bool honest = items_.size() == 2 && tree_.at(items_[1]).kind == PickleKind::text &&
                        !tree_.at(items_[1]).text.starts_with("__");
    return honest ? kNoNode
                  : wrong("a record and the name of a member without leading underscores");
  }

 private:
  // A copy, since adding a node moves the others; no call here takes more than two arguments.
  static std::vector<NodeId> first_three(const std::vector<NodeId>& items) {
    return {items.begin(), items.begin() + std::min<std::ptrdiff_t>(3, std::ssize(items))};
  }
  bool pairs(const PickleNode& from, std::vector<NodeId>& out) {
    for (const NodeId id : from.items) {
      const PickleNode& pair = tree_.at(id);
      if ((pair.kind != PickleKind::list && pair.kind != PickleKind::tuple) ||
          pair.items.size() != 2)
        return false;
      out.insert(out.end(), pair.items.begin(), pair.items.end());
    }
    return true;
  }
  NodeId wrong(std::string_view must) {
    problem_ = must;
    return kNoNode;
  }
  PickleTree& tree_;
  const std::vector<NodeId> items_;
  std::size_t& copied_;
  std::string& problem_;
};

}  // namespace

NodeId plain_result(PickleTree& tree, NodeId callee, NodeId arguments, std::size_t& copied,
                    std::string& problem) {
  if (tree.at(callee).kind != PickleKind::global) return kNoNode;
  const std::string full = tree.at(callee).text;
  Call call(tree, arguments, copied, problem);
  if (full == "collections OrderedDict") return call.mapping();
  if (full == "_codecs encode") return call.bytes();
  if (full == "torch Size") return call.argument();
  const std::size_t space = full.find(' ');
  if (!is_builtin_module(std::string_view(full).substr(0, space))) return kNoNode;
  const std::string name = full.substr(space + 1);
  if (name == "set" || name == "frozenset") return call.container(PickleKind::set);
  if (name == "list") return call.container(PickleKind::list);
  if (name == "tuple") return call.container(PickleKind::tuple);
  if (name == "dict") return call.mapping();
  if (name == "bytearray" || name == "bytes") return call.bytes();
  if (name == "getattr") return call.attribute();
  return kNoNode;
}

}  // namespace dact::pickle_rules
