// The graph behind Var: nodes and edges. Only autograd/ includes this.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "autograd/var.hpp"
#include "tensor/numerics.hpp"

namespace dact {

/// Where a gradient flows: to an output of an earlier node, to a leaf, or nowhere (both null).
struct Edge {
  std::shared_ptr<Node> node;
  int output = 0;
  std::shared_ptr<VarImpl> leaf;
  explicit operator bool() const { return node || leaf; }
};

struct VarImpl {
  Tensor value, grad;
  bool requires_grad = false;
  bool retain_grad = false;
  std::shared_ptr<Node> node;  // who made it; null for leaves
  int output = 0;
};

/// One recorded operator call, or a checkpoint region (then `region` is set and `op` is null).
struct Node {
  ~Node();
  const OpDef* op = nullptr;
  Attrs attrs;
  std::uint64_t sequence = 0;  // creation order
  std::string path;
  Numerics mode = Numerics::strict;
  std::vector<Edge> edges;  // one per input
  Tensors in, out;          // what OpDef::saves names; the rest undefined
  std::vector<std::uint64_t> in_versions, out_versions;
  std::vector<Shape> in_shapes, out_shapes;
  DType dtype = DType::f32;  // of the first input
  std::vector<DType> out_dtypes;
  std::vector<std::weak_ptr<VarImpl>> outputs;
  std::shared_ptr<const Region> region;
  bool freed = false;
};

Edge edge_of(const Var& v);
/// Next creation number of this process.
std::uint64_t next_sequence();

}  // namespace dact
