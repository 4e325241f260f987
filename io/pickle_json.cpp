// Pickled values as JSON text, for people.
#include <fmt/core.h>

#include <charconv>
#include <cmath>

#include "io/json.hpp"
#include "io/pickle.hpp"

namespace dact {
namespace {

constexpr int kMaxDepth = 32;

class Printer {
 public:
  Printer(const PickleTree& tree, std::size_t limit) : tree_(tree), limit_(limit) {}

  void value(NodeId id, int depth) {
    if (full()) return;
    const PickleNode& node = tree_.at(id);
    switch (node.kind) {
      case PickleKind::none:
        out += "null";
        break;
      case PickleKind::boolean:
        out += node.integer ? "true" : "false";
        break;
      case PickleKind::integer:
        out += std::to_string(node.integer);
        break;
      case PickleKind::big_integer:
        out += node.text;
        break;
      case PickleKind::real:
        real(node.real);
        break;
      case PickleKind::text:
        text(node.text);
        break;
      case PickleKind::bytes:
        out += fmt::format("\"<{} bytes>\"", node.text.size());
        break;
      case PickleKind::tuple:
      case PickleKind::list:
      case PickleKind::set:
        list(node, depth);
        break;
      case PickleKind::dict:
        dict(node, depth);
        break;
      case PickleKind::global:
        named(node.text);
        break;
      case PickleKind::object:
        object(node);
        break;
      case PickleKind::storage:
        out += "\"<storage>\"";
        break;
    }
  }
  std::string out;

 private:
  bool full() const { return out.size() > limit_; }
  void text(const std::string& raw) {
    const std::string_view head = std::string_view(raw).substr(0, limit_);
    if (utf8_error(head) == head.size()) {
      out += json_quoted(head);
    } else {
      out += fmt::format("\"<{} bytes>\"", raw.size());
    }
  }
  void named(const std::string& global) { out += json_quoted("<" + global + ">"); }
  void object(const PickleNode& node) {
    const PickleNode& callee = tree_.at(node.callee);
    named(callee.kind == PickleKind::global ? callee.text : "object");
  }
  // The shortest digits that read back as the same double; JSON has no infinity.
  void real(double value) {
    if (!std::isfinite(value)) {
      out += std::isnan(value) ? "\"nan\"" : value > 0 ? "\"inf\"" : "\"-inf\"";
      return;
    }
    char digits[32];
    const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    const std::string_view shortest(digits, static_cast<std::size_t>(end - digits));
    out += shortest;
    if (shortest.find_first_of(".e") == std::string_view::npos) out += ".0";
  }
  void list(const PickleNode& node, int depth) {
    if (depth == kMaxDepth) return text("...");
    out += "[";
    for (std::size_t i = 0; i < node.items.size() && !full(); ++i) {
      if (i > 0) out += ", ";
      value(node.items[i], depth + 1);
    }
    out += "]";
  }
  void dict(const PickleNode& node, int depth) {
    if (depth == kMaxDepth) return text("...");
    out += "{";
    for (std::size_t i = 0; i + 1 < node.items.size() && !full(); i += 2) {
      if (i > 0) out += ", ";
      key(node.items[i]);
      out += ": ";
      value(node.items[i + 1], depth + 1);
    }
    out += "}";
  }
  void key(NodeId id) {
    const PickleNode& node = tree_.at(id);
    switch (node.kind) {
      case PickleKind::text:
        text(node.text);
        break;
      case PickleKind::none:
      case PickleKind::boolean:
      case PickleKind::integer:
      case PickleKind::big_integer:
      case PickleKind::real:
        out += json_quoted(pickle_json(tree_, id, 64));
        break;
      case PickleKind::global:
        named(node.text);
        break;
      default:
        text("<value>");  // containers as keys would nest without a depth
    }
  }
  const PickleTree& tree_;
  std::size_t limit_;
};

}  // namespace

std::string pickle_json(const PickleTree& tree, NodeId id, std::size_t limit) {
  Printer printer(tree, limit);
  printer.value(id, 0);
  if (printer.out.size() <= limit) return printer.out;
  printer.out.resize(limit);
  while (utf8_error(printer.out) != printer.out.size()) printer.out.pop_back();
  return printer.out + "...";
}

}  // namespace dact
