#include "io/torch_tensors.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <unordered_map>

#include "io/json.hpp"
#include "io/torch_container.hpp"
#include "tensor/error.hpp"

namespace dact {
namespace {

constexpr int kMaxDepth = 100;
constexpr std::size_t kMaxSteps = std::size_t{1}
                                  << 22;  // values visited: shared ones count once per path
constexpr std::size_t kMaxTensors = 100'000, kMaxName = 512, kMaxValues = 1000, kMaxText = 1024;
constexpr std::int64_t kMaxElements = std::int64_t{1} << 60;  // tensor/shape.cpp has the same

constexpr std::string_view kRebuild = "torch._utils _rebuild_tensor",
                           kRebuildV2 = "torch._utils _rebuild_tensor_v2",
                           kRebuildV3 = "torch._utils _rebuild_tensor_v3";

// One tensor's description, checked piece by piece.
class Describer {
 public:
  Describer(const PickleTree& tree, const std::string& where) : tree_(tree), where_(where) {}

  // A storage that stands in another pickle than the arguments.
  void storage_in(const PickleTree& tree, NodeId id) {
    storages_ = &tree;
    storage_ = id;
  }

  // arguments of _rebuild_tensor (storage, offset, size, stride), _v2 (..., requires_grad, hooks)
  // or _v3 (..., dtype)
  TorchTensorInfo info(std::string_view function, const std::vector<NodeId>& arguments) {
    const bool v3 = function == kRebuildV3;
    if (arguments.size() < (v3 ? 7U : 4U))
      fail(fmt::format("must have its arguments, got {}", arguments.size()));
    TorchTensorInfo out;
    storage(storages_ == nullptr ? arguments[0] : storage_, v3 ? arguments[6] : kNoNode, out);
    out.offset += integer(tree_, arguments[1], "offset");
    out.shape = dims(arguments[2], "size");
    out.strides = dims(arguments[3], "stride");
    check_extent(out);
    return out;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const { throw IoError(where_, what); }

  std::int64_t integer(const PickleTree& tree, NodeId id, std::string_view what) const {
    const PickleNode& node = tree.at(id);
    if (node.kind != PickleKind::integer || node.integer < 0 || node.integer > kMaxElements)
      fail(fmt::format("the {} must be an integer from 0 to 2^60, got {}", what,
                       pickle_json(tree, id, 64)));
    return node.integer;
  }

  Dims dims(NodeId id, std::string_view what) const {
    const PickleNode& node = tree_.at(id);
    if ((node.kind != PickleKind::tuple && node.kind != PickleKind::list) ||
        node.items.size() > kMaxRank)
      fail(fmt::format("the {} must be a tuple of at most {} integers, got {}", what, kMaxRank,
                       pickle_json(tree_, id, 64)));
    Dims out;
    for (const NodeId item : node.items) out.push_back(integer(tree_, item, what));
    return out;
  }

  // ('storage', class, key, location, count[, view]); view is (key, offset, size) in old files.
  void storage(NodeId id, NodeId dtype, TorchTensorInfo& out) const {
    const PickleTree& tree = storages_ == nullptr ? tree_ : *storages_;
    const PickleNode& node = tree.at(id);
    if (node.kind != PickleKind::storage)
      fail("must have a storage, got " + pickle_json(tree, id, 64));
    const std::string& global = tree.at(node.items[1]).text;
    const bool untyped = global == kUntypedStorage;
    const bool typed_apart = dtype != kNoNode && tree_.at(dtype).kind == PickleKind::global;
    const TorchElement* element =
        untyped && typed_apart ? torch_element(tree_.at(dtype).text) : torch_element(global);
    if (element == nullptr || (!untyped && dtype != kNoNode))
      fail(fmt::format("must have one element type of PyTorch's, got {}", global));
    out.dtype = element->name;
    out.as = element->as;
    out.storage = tree.at(node.items[2]).text;
    const std::int64_t count = integer(tree, node.items[4], "count of the storage");
    const auto width = static_cast<std::int64_t>(element->width);
    if (untyped && count % width != 0)
      fail(fmt::format("the storage must hold whole elements of {}, got {} bytes", element->name,
                       count));
    out.count = untyped ? count / width : count;
    if (node.items.size() == 6 && tree.at(node.items[5]).kind == PickleKind::tuple) {
      const std::vector<NodeId>& view = tree.at(node.items[5]).items;
      if (view.size() != 3) fail("a view must have key, offset and size, got others");
      out.offset = integer(tree, view[1], "offset of the view");
    }
  }

  // offset + sum((size - 1) * stride) must be an element of the storage.
  void check_extent(const TorchTensorInfo& info) const {
    if (info.shape.rank() != info.strides.rank())
      fail(fmt::format("size and stride must have one rank, got {} and {}", info.shape.str(),
                       info.strides.str()));
    std::int64_t elements = 1, last = info.offset;
    bool overflow = false, no_elements = false;
    for (int axis = 0; axis < info.shape.rank(); ++axis) {
      const std::int64_t size = info.shape[axis];
      std::int64_t reach = 0;
      if (size == 0) {
        no_elements = true;
        continue;
      }
      overflow |= __builtin_mul_overflow(elements, size, &elements) || elements > kMaxElements;
      overflow |= __builtin_mul_overflow(size - 1, info.strides[axis], &reach);
      overflow |= __builtin_add_overflow(last, reach, &last);
    }
    if (overflow)
      fail(fmt::format("the sizes must have a product of at most 2^60, got {}", info.shape.str()));
    if (!no_elements && last >= info.count)
      fail(
          fmt::format("size {}, stride {} and offset {} must stay inside the storage's {} "
                      "elements, got element {}",
                      info.shape.str(), info.strides.str(), info.offset, info.count, last));
  }

  const PickleTree& tree_;
  const std::string& where_;
  const PickleTree* storages_ = nullptr;
  NodeId storage_ = kNoNode;
};

class Walk {
 public:
  Walk(const PickleTree& tree, const std::string& file)
      : tree_(tree), file_(file), on_path_(tree.size(), false) {}

  void visit(NodeId id, int depth, bool in_list) {
    if (id == kNoNode || on_path_[id]) return;  // a value that holds itself adds nothing
    if (++steps_ > kMaxSteps)
      throw IoError(file_, "the values must unfold to at most 2^22, got more");
    if (depth > kMaxDepth)
      throw IoError(file_, fmt::format("values must nest at most {} deep, got more under {}",
                                       kMaxDepth, json_quoted(path_)));
    const PickleNode& node = tree_.at(id);
    on_path_[id] = true;
    switch (node.kind) {
      case PickleKind::tuple:
      case PickleKind::list:
        sequence(node, depth);
        break;
      case PickleKind::dict:
        dict(node, depth);
        break;
      case PickleKind::object:
        if (tensor(id)) break;
        visit(node.dict, depth + 1, in_list);
        visit(node.list, depth + 1, in_list);
        visit(node.state, depth + 1, in_list);
        break;
      default:
        if (!in_list) value(id);
    }
    on_path_[id] = false;
  }
  TorchContents contents;

 private:
  // Calls visit with `key` added to the path.
  void below(std::string_view key, NodeId id, int depth, bool in_list) {
    const std::size_t length = path_.size();
    if (!path_.empty()) path_ += '/';
    path_ += key;
    visit(id, depth + 1, in_list);
    path_.resize(length);
  }
  void sequence(const PickleNode& node, int depth) {
    for (std::size_t i = 0; i < node.items.size(); ++i)
      below(std::to_string(i), node.items[i], depth, true);
  }
  // A later entry under an equal key wins, as it does in Python.
  void dict(const PickleNode& node, int depth) {
    std::unordered_map<std::string, std::size_t> last;
    std::vector<std::pair<std::string, NodeId>> entries;
    for (std::size_t i = 0; i + 1 < node.items.size(); i += 2) {
      std::string key = key_text(node.items[i]);
      const auto [at, fresh] = last.emplace(kind_mark(node.items[i]) + key, entries.size());
      if (fresh)
        entries.emplace_back(std::move(key), node.items[i + 1]);
      else
        entries[at->second].second = node.items[i + 1];
      if (++steps_ > kMaxSteps)
        throw IoError(file_, "the values must unfold to at most 2^22, got more");
    }
    for (const auto& [key, id] : entries) below(key, id, depth, false);
  }
  // Python keeps 0 and "0" apart.
  std::string kind_mark(NodeId id) const {
    return tree_.at(id).kind == PickleKind::text ? "text " : "value ";
  }
  std::string key_text(NodeId id) const {
    const PickleNode& node = tree_.at(id);
    if (node.kind == PickleKind::text && node.text.size() <= kMaxName &&
        utf8_error(node.text) == node.text.size())
      return node.text;
    if (node.kind != PickleKind::global) return pickle_json(tree_, id, kMaxName);
    std::string name = node.text;
    std::replace(name.begin(), name.end(), ' ', '.');
    return name;
  }

  // Adds the tensor behind `id`, if it is one: rebuilt directly, or wrapped as a parameter or a
  // subclass.
  bool tensor(NodeId id) {
    for (int wraps = 0; wraps < 4; ++wraps) {
      const PickleNode& node = tree_.at(id);
      if (node.kind != PickleKind::object || tree_.at(node.callee).kind != PickleKind::global)
        return false;
      const std::string& callee = tree_.at(node.callee).text;
      const std::vector<NodeId>& arguments = tree_.at(node.arguments).items;
      if (callee == kRebuild || callee == kRebuildV2 || callee == kRebuildV3)
        return add(callee, arguments), true;
      if (callee == "torch._tensor _rebuild_from_type_v2" && arguments.size() >= 3 &&
          tree_.at(arguments[0]).kind == PickleKind::global &&
          tree_.at(arguments[2]).kind == PickleKind::tuple) {
        const std::string& function = tree_.at(arguments[0]).text;
        const bool rebuild =
            function == kRebuild || function == kRebuildV2 || function == kRebuildV3;
        if (rebuild) add(function, tree_.at(arguments[2]).items);
        return rebuild;
      }
      const bool parameter = callee == "torch._utils _rebuild_parameter" ||
                             callee == "torch.nn.parameter Parameter" ||
                             callee == "torch._utils _rebuild_parameter_with_state";
      if (!parameter || arguments.empty()) return false;
      id = arguments[0];
    }
    return false;
  }
  void add(std::string_view function, const std::vector<NodeId>& arguments) {
    const std::string where = fmt::format("{}: tensor {}", file_, json_quoted(path_));
    if (path_.size() > kMaxName)
      throw IoError(file_, fmt::format("tensor names must have at most {} bytes, got {}", kMaxName,
                                       path_.size()));
    if (contents.names.size() == kMaxTensors)
      throw IoError(file_, fmt::format("must hold at most {} tensors, got more", kMaxTensors));
    if (!contents.infos.emplace(path_, Describer(tree_, where).info(function, arguments)).second)
      throw IoError(where, "names must differ, got this one twice");
    contents.names.push_back(path_);
  }
  void value(NodeId id) {
    const PickleNode& node = tree_.at(id);
    const bool plain = node.kind == PickleKind::boolean || node.kind == PickleKind::integer ||
                       node.kind == PickleKind::big_integer || node.kind == PickleKind::real ||
                       (node.kind == PickleKind::text && node.text.size() <= kMaxText);
    if (plain && path_.size() <= kMaxName && contents.values.size() < kMaxValues)
      contents.values[path_] = pickle_json(tree_, id, 8 * kMaxText);
  }

  const PickleTree& tree_;
  const std::string& file_;
  std::vector<bool> on_path_;
  std::string path_;
  std::size_t steps_ = 0;
};

}  // namespace

TorchTensorInfo torch_tensor_info(const PickleTree& tree, const std::vector<NodeId>& arguments,
                                  const PickleTree& storages, NodeId storage,
                                  const std::string& where) {
  Describer describer(tree, where);
  describer.storage_in(storages, storage);
  return describer.info(kRebuildV2, arguments);
}

TorchContents find_torch_tensors(const PickleTree& tree, const std::string& file) {
  Walk walk(tree, file);
  walk.visit(tree.root, 0, false);
  return std::move(walk.contents);
}

}  // namespace dact
