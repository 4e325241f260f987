// Reverse-mode differentiation, whole. A Var made by apply() points to a Node; a Node keeps what its derivative needs
// and, per input, an Edge to where that input came from. backward() walks the nodes from the newest to the oldest:
// every user of a value is younger than the value, so when a node's turn comes its gradient is complete.
#include "autograd/tape.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <map>

#include "autograd/observe.hpp"
#include "tensor/device.hpp"
#include "tensor/error.hpp"
#include "tensor/ops/add/add.hpp"
#include "tensor/parallel.hpp"

namespace dact {

std::uint64_t next_sequence() {
  static std::atomic<std::uint64_t> counter{1};
  return counter.fetch_add(1, std::memory_order_relaxed);
}

Edge edge_of(const Var& v) {
  if (!v.defined() || !v.requires_grad()) return {};
  const auto& impl = v.impl();
  return impl->node ? Edge{impl->node, impl->output, nullptr} : Edge{nullptr, 0, impl};
}

// Chains of nodes are freed in a loop: the default would recurse once per operator of a whole training step.
Node::~Node() {
  std::vector<std::shared_ptr<Node>> doomed;
  const auto collect = [&](Node& n) {
    for (Edge& e : n.edges)
      if (e.node && e.node.use_count() == 1) doomed.push_back(std::move(e.node));
  };
  collect(*this);
  while (!doomed.empty()) {
    const std::shared_ptr<Node> last = std::move(doomed.back());
    doomed.pop_back();
    collect(*last);
  }
}

namespace {

// One backward pass: complete gradients of outputs that still wait, by creation number, newest first; and of leaves.
class BackwardPass {
 public:
  explicit BackwardPass(bool keep_graph) : keep_graph_(keep_graph) {}

  void deliver(const Edge& to, const Tensor& g, std::string_view from) {
    if (to.leaf)
      return accumulate(leaves_[to.leaf], g, to.leaf->value.shape(), to.leaf->value.dtype(), from);
    if (!to.node) return;
    Pending& p = pending_[to.node->sequence];
    p.node = to.node;
    p.grads.resize(to.node->out_shapes.size());
    const auto k = static_cast<std::size_t>(to.output);
    accumulate(p.grads[k], g, to.node->out_shapes[k], to.node->out_dtypes[k], from);
  }

  void run() {
    while (!pending_.empty()) {
      const auto newest = pending_.begin();
      Pending p = std::move(newest->second);
      pending_.erase(newest);
      visit(p);
    }
    for (auto& [leaf, g] : leaves_) leaf->grad = leaf->grad.defined() ? add(leaf->grad, g) : g;
  }

 private:
  struct Pending {
    std::shared_ptr<Node> node;
    Tensors grads;
  };

  // Contributions arrive in reverse creation order of the uses; each add checks shape and dtype.
  static void accumulate(Tensor& sum, const Tensor& g, const Shape& shape, DType dtype,
                         std::string_view from) {
    if (!(g.shape() == shape) || g.dtype() != dtype)
      throw Error(ErrorKind::internal, from,
                  "gradient must be " + std::string(name_of(dtype)) + shape.str() +
                      " like its value, got " + g.str());
    sum = sum.defined() ? add(sum, g) : g;
  }

  void visit(Pending& p) {
    Node& n = *p.node;
    if (n.freed)
      throw UsageError("backward",
                       "the graph behind this value was freed by an earlier backward; call it with "
                       "keep_graph = true to walk it again");
    Device device = Device::cpu;  // of the gradients that arrived; at least one did
    for (const Tensor& g : p.grads)
      if (g.defined()) device = g.device();
    for (std::size_t k = 0; k < p.grads.size(); ++k) {
      const auto kept = n.outputs[k].lock();
      if (kept && kept->retain_grad && p.grads[k].defined()) kept->grad = p.grads[k];
      if (!p.grads[k].defined()) p.grads[k] = zeros(n.out_shapes[k], n.out_dtypes[k], device);
    }
    const PathScope path(n.path);
    const NumericsScope numerics(n.mode);
    if (n.region)
      rerun(n, p.grads);
    else
      differentiate(n, p.grads);
    if (!keep_graph_) release(n);
  }

  // The region's operators are recorded again, younger than everything that waits: they are walked next, in the
  // order that the plain call would have had.
  void rerun(Node& n, const Tensors& grads);

  void differentiate(Node& n, const Tensors& grads) {
    require_unchanged(n);
    std::vector<char> wanted(n.edges.size());
    for (std::size_t i = 0; i < n.edges.size(); ++i) wanted[i] = static_cast<bool>(n.edges[i]);
    static_assert(sizeof(char) == sizeof(bool));
    const std::span<const bool> flags(reinterpret_cast<const bool*>(wanted.data()), wanted.size());
    const auto start = std::chrono::steady_clock::now();
    const FloatMode mode;
    const OperatorScope running(n.op->name, grads);
    const Tensors out = n.op->vjp({n.in, n.out, grads, n.attrs, n.in_shapes, flags, n.dtype});
    if (detail::observed()) {
      const std::chrono::duration<double, std::milli> ms = std::chrono::steady_clock::now() - start;
      detail::notify({*n.op, n.path, n.attrs, grads, out, true, ms.count()});
    }
    for (std::size_t i = 0; i < n.edges.size(); ++i)
      if (n.edges[i] && i < out.size() && out[i].defined()) deliver(n.edges[i], out[i], n.op->name);
  }

  static void require_unchanged(const Node& n) {
    const auto check = [&](const Tensors& saved, const std::vector<std::uint64_t>& versions) {
      for (std::size_t i = 0; i < saved.size(); ++i)
        if (saved[i].defined() && saved[i].version() != versions[i])
          throw UsageError(
              n.op->name,
              "a tensor that the derivative needs must not be written between forward and "
              "backward, got a changed " +
                  saved[i].str());
    };
    check(n.in, n.in_versions);
    check(n.out, n.out_versions);
  }

  static void release(Node& n) {
    n.in.clear();
    n.out.clear();
    n.region.reset();
    n.freed = true;
  }

  bool keep_graph_;
  std::map<std::uint64_t, Pending, std::greater<>> pending_;
  std::map<std::shared_ptr<VarImpl>, Tensor> leaves_;
};

}  // namespace

namespace detail {
extern thread_local bool recomputing;
extern thread_local bool grad_mode;
}  // namespace detail

namespace {

// Restores a flag of this thread on every way out.
struct FlagScope {
  FlagScope(bool& flag, bool value) : flag_(flag), before_(flag) { flag = value; }
  ~FlagScope() { flag_ = before_; }
  FlagScope(const FlagScope&) = delete;
  FlagScope& operator=(const FlagScope&) = delete;
  bool& flag_;
  bool before_;
};

void BackwardPass::rerun(Node& n, const Tensors& grads) {
  const FlagScope recording(detail::grad_mode, true), recomputing(detail::recomputing, true);
  const Vars again = n.region->run();
  for (std::size_t k = 0; k < again.size(); ++k) deliver(edge_of(again[k]), grads[k], "checkpoint");
}

}  // namespace

void backward(std::span<const Var> outputs, std::span<const Tensor> upstream, bool keep_graph) {
  if (outputs.size() != upstream.size())
    throw UsageError("backward", "one upstream gradient per output is needed, got " +
                                     std::to_string(upstream.size()) + " for " +
                                     std::to_string(outputs.size()));
  BackwardPass pass(keep_graph);
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (!outputs[i].requires_grad())
      throw UsageError("backward", "output must depend on a value with requires_grad, got " +
                                       outputs[i].value().str());
    pass.deliver(edge_of(outputs[i]), upstream[i], "backward");
  }
  pass.run();
}

void backward(const Var& loss, bool keep_graph) {
  if (loss.value().numel() != 1)
    throw ShapeError("backward", "loss must have one element, got " + loss.value().str());
  const Tensor one = full(loss.shape(), 1.0, loss.dtype()).to(loss.value().device());
  backward(std::span(&loss, 1), std::span(&one, 1), keep_graph);
}

}  // namespace dact
