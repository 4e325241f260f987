// The whole catalogue: primitives (tensor/ops) and composites (autograd/composite), one entry each.
#pragma once
#include <span>

#include "autograd/var.hpp"

namespace dact {

/// An entry built from other entries; its gradient comes free. `forward` and `vjp` stay null, `composite` is true.
struct CompositeDef : OpDef {
  Vars (*build)(std::span<const Var> in, const Attrs& attrs) = nullptr;
};

/// All entries, sorted by name.
std::span<const OpDef* const> catalogue();
const OpDef* find_entry(std::string_view name);

/// Runs an entry: apply() for a primitive, its build function for a composite.
Vars call(const OpDef& op, std::span<const Var> in, const Attrs& attrs = {});

/// Whether call() can give gradients.
bool differentiable(const OpDef& op);

}  // namespace dact
