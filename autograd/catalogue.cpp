#include "autograd/catalogue.hpp"

#include <algorithm>

namespace dact {

#define DACT_COMPOSITE(name) extern const CompositeDef name##_op;
#include "autograd/composite/list.inc"
#undef DACT_COMPOSITE

std::span<const OpDef* const> catalogue() {
  static const std::vector<const OpDef*> entries = [] {
    std::vector<const OpDef*> all(all_ops().begin(), all_ops().end());
#define DACT_COMPOSITE(name) all.push_back(&name##_op);
#include "autograd/composite/list.inc"
#undef DACT_COMPOSITE
    std::sort(all.begin(), all.end(),
              [](const OpDef* a, const OpDef* b) { return a->name < b->name; });
    return all;
  }();
  return entries;
}

const OpDef* find_entry(std::string_view name) {
  for (const OpDef* op : catalogue())
    if (op->name == name) return op;
  return nullptr;
}

Vars call(const OpDef& op, std::span<const Var> in, const Attrs& attrs) {
  return op.composite ? static_cast<const CompositeDef&>(op).build(in, attrs)
                      : apply(op, in, attrs);
}

bool differentiable(const OpDef& op) {
  return op.composite ? op.no_gradient.empty() : op.vjp != nullptr;
}

}  // namespace dact
