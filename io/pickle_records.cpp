// The opcodes that name a global or would call one. Here nothing is looked up and nothing is
// called.
#include <fmt/core.h>

#include <algorithm>

#include "io/pickle_machine.hpp"
#include "io/pickle_rules.hpp"

namespace dact {
namespace {

constexpr std::size_t kMaxName = 512;

bool is_name(const std::string& s) {
  return !s.empty() && s.size() <= kMaxName &&
         std::all_of(s.begin(), s.end(), [](char c) { return c > ' ' && c < 0x7F; });
}

}  // namespace

bool PickleMachine::record() {
  switch (opcode_) {
    case 'c':
      global_by_lines();
      break;
    case 0x93:
      global_by_stack();
      break;
    case 'R':
    case 0x81:
      call();
      break;
    case 0x92:
      call_with_names();
      break;
    case 'b':
      build();
      break;
    case 'Q':
      persistent();
      break;
    default:
      return false;
  }
  return true;
}

void PickleMachine::global_by_lines() {
  const std::string module = line(kMaxName, "names");
  push_global(module, line(kMaxName, "names"));
}

void PickleMachine::global_by_stack() {
  const NodeId name = pop(), module = pop();
  require(tree_.at(name).kind == PickleKind::text && tree_.at(module).kind == PickleKind::text,
          "find two names on the stack");
  push_global(std::string(tree_.at(module).text), std::string(tree_.at(name).text));
}

void PickleMachine::push_global(const std::string& module, const std::string& name) {
  require(is_name(module) && is_name(name), "have names of visible ASCII characters");
  if (pickle_rules::is_refused(module, name))
    fail(fmt::format("must not name what runs code, got {}.{}: this file is an attack", module,
                     name));
  push_new({.kind = PickleKind::global, .text = module + " " + name});
}

void PickleMachine::require_callee(NodeId callee) const {
  const PickleKind kind = tree_.at(callee).kind;
  require(kind == PickleKind::global || kind == PickleKind::object, "follow a named record");
}

// REDUCE and NEWOBJ: nothing is called; the record keeps what the call would have been.
void PickleMachine::call() {
  const NodeId arguments = pop(), callee = pop();
  require(tree_.at(arguments).kind == PickleKind::tuple, "have a tuple of arguments");
  require_callee(callee);
  std::size_t copied = 0;
  std::string problem;
  const NodeId plain = pickle_rules::plain_result(tree_, callee, arguments, copied, problem);
  if (!problem.empty())
    fail(fmt::format("must give {} {}, got other arguments", tree_.at(callee).text, problem));
  if (copied > copy_budget_) fail("must not copy more than twice the file's size, got more");
  copy_budget_ -= copied;
  require_count(tree_.size(), "values");
  if (plain != kNoNode) {
    if (tree_.at(plain).offset == 0) tree_.at(plain).offset = offset_;
    return push(plain);
  }
  push_new({.kind = PickleKind::object, .callee = callee, .arguments = arguments});
}

void PickleMachine::call_with_names() {
  const NodeId names = pop(), arguments = pop(), callee = pop();
  require(tree_.at(arguments).kind == PickleKind::tuple && tree_.at(names).kind == PickleKind::dict,
          "have a tuple and a dict of arguments");
  require_callee(callee);
  push_new({.kind = PickleKind::object, .callee = callee, .arguments = arguments, .dict = names});
}

void PickleMachine::build() {
  const NodeId state = pop(), id = top();
  const PickleKind kind = tree_.at(id).kind;
  require(kind == PickleKind::object || kind == PickleKind::dict, "follow an object");
  tree_.at(id).state = state;
}

void PickleMachine::persistent() {
  const NodeId id = pop();
  require(storages_, "stand in a PyTorch file");
  const std::vector<NodeId>& items = tree_.at(id).items;
  require(tree_.at(id).kind == PickleKind::tuple && items.size() >= 2, "follow a tuple");
  // ('module', class, source file, source): the legacy format's copy of a class; only its name
  // is kept.
  if (tree_.is_text(items[0], "module") && tree_.at(items[1]).kind == PickleKind::global)
    return push(items[1]);
  const bool storage =
      tree_.is_text(items[0], "storage") && (items.size() == 5 || items.size() == 6) &&
      tree_.at(items[1]).kind == PickleKind::global &&
      tree_.at(items[2]).kind == PickleKind::text &&
      tree_.at(items[4]).kind == PickleKind::integer && tree_.at(items[4]).integer >= 0;
  require(storage, "follow ('storage', class, key, location, count)");
  push_items(PickleKind::storage, std::vector<NodeId>(items));
  tree_.storages.push_back(stack_.back());
}

}  // namespace dact
