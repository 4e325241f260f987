#include "io/pickle_arrays.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cstring>
#include <initializer_list>

#include "io/torch_container.hpp"
#include "io/torch_tensors.hpp"
#include "tensor/error.hpp"

namespace dact {
namespace {

constexpr std::int64_t kMaxElements = std::int64_t{1} << 40, kMaxSparse = std::int64_t{1} << 24;

// Word list as in pickle_refused.cpp: a name stands between commas.
constexpr std::string_view kGlobals =
    ",numpy.core.multiarray _reconstruct,numpy._core.multiarray _reconstruct,numpy ndarray,numpy "
    "dtype,"
    "scipy.sparse.csc csc_matrix,scipy.sparse._csc csc_matrix,scipy.sparse.csr csr_matrix,"
    "scipy.sparse._csr csr_matrix,chumpy.ch Ch,copy_reg _reconstructor,copyreg _reconstructor,"
    "__builtin__ object,builtins object,__builtin__ set,builtins set,_codecs encode,"
    "collections OrderedDict,torch._utils _rebuild_tensor_v2,torch.storage _load_from_bytes,";

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// numpy's element types: name without byte order, bytes, what they become.
struct Element {
  std::string_view name;
  std::size_t width;
  DType as;
};
constexpr Element kElements[] = {
    {"f2", 2, DType::f16}, {"f4", 4, DType::f32}, {"f8", 8, DType::f64}, {"i1", 1, DType::i32},
    {"i2", 2, DType::i32}, {"i4", 4, DType::i32}, {"i8", 8, DType::i64}, {"u1", 1, DType::u8},
    {"u2", 2, DType::i32}, {"u4", 4, DType::i64}, {"u8", 8, DType::i64}, {"b1", 1, DType::bool_}};

template <class Narrow, class Wide>
void widen(std::string_view bytes, void* out) {
  auto* to = static_cast<Wide*>(out);
  for (std::size_t i = 0; i < bytes.size(); i += sizeof(Narrow)) {
    Narrow value{};
    std::memcpy(&value, bytes.data() + i, sizeof(Narrow));
    *to++ = static_cast<Wide>(value);
  }
}

void convert(const Element& element, std::string_view bytes, void* out) {
  if (element.name == "i1") return widen<std::int8_t, std::int32_t>(bytes, out);
  if (element.name == "i2") return widen<std::int16_t, std::int32_t>(bytes, out);
  if (element.name == "u2") return widen<std::uint16_t, std::int32_t>(bytes, out);
  if (element.name == "u4") return widen<std::uint32_t, std::int64_t>(bytes, out);
  std::memcpy(out, bytes.data(), bytes.size());
  if (element.name != "b1") return;
  auto* p = static_cast<std::uint8_t*>(out);
  std::transform(p, p + bytes.size(), p, [](std::uint8_t b) { return std::uint8_t{b != 0}; });
}

class Arrays {
 public:
  Arrays(const PickleTree& tree, std::string where) : tree_(tree), where_(std::move(where)) {}

  Tensor read(NodeId id, int depth = 0) const {
    if (id == kNoNode) throw IoError(where_, "must be an array, got none");
    const std::string_view type = class_of(id);
    if (is_one_of(type,
                  {"numpy.core.multiarray _reconstruct", "numpy._core.multiarray _reconstruct"}))
      return numpy(id);
    if (type == "chumpy.ch Ch" && depth < 4) return read(entry(id, "x"), depth + 1);
    if (is_one_of(type, {"scipy.sparse.csc csc_matrix", "scipy.sparse._csc csc_matrix"}))
      return sparse(id, true);
    if (is_one_of(type, {"scipy.sparse.csr csr_matrix", "scipy.sparse._csr csr_matrix"}))
      return sparse(id, false);
    if (type == "torch._utils _rebuild_tensor_v2") return torch(id);
    fail(id, "be an array of numpy, scipy, chumpy or torch", pickle_json(tree_, id, 64));
  }

 private:
  [[noreturn]] void fail(NodeId id, std::string_view must, std::string_view got) const {
    throw IoError(fmt::format("{} (byte {})", where_, tree_.at(id).offset),
                  fmt::format("must {}, got {}", must, got));
  }
  const PickleNode& node(NodeId id) const { return tree_.at(id); }

  // The class or function that an object is of: "module name"; _reconstructor(class, object, None) is what protocols 0
  // and 1 write for an instance.
  std::string_view class_of(NodeId id) const {
    if (node(id).kind != PickleKind::object || node(node(id).callee).kind != PickleKind::global)
      return {};
    const std::string_view callee = node(node(id).callee).text;
    const std::vector<NodeId>& arguments = node(node(id).arguments).items;
    const bool instance = is_one_of(callee, {"copy_reg _reconstructor", "copyreg _reconstructor"});
    if (!instance || arguments.empty() || node(arguments[0]).kind != PickleKind::global)
      return callee;
    return node(arguments[0]).text;
  }

  // An entry of the dict that BUILD set.
  NodeId entry(NodeId id, std::string_view key) const {
    const NodeId found = tree_.find(node(id).state, key);
    if (found == kNoNode) fail(id, fmt::format("have the entry {}", key), "none");
    return found;
  }

  Shape shape(NodeId id) const {
    Shape out;
    std::int64_t elements = 1;
    const bool tuple = node(id).kind == PickleKind::tuple && node(id).items.size() <= kMaxRank;
    if (!tuple)
      fail(id, fmt::format("have a shape of at most {} sizes", kMaxRank),
           pickle_json(tree_, id, 64));
    for (const NodeId item : node(id).items) {
      const std::int64_t size = node(item).integer;
      if (node(item).kind != PickleKind::integer || size < 0 || size > kMaxElements ||
          elements > kMaxElements / std::max<std::int64_t>(size, 1))
        fail(id, "have sizes >= 0 with a product of at most 2^40", pickle_json(tree_, id, 64));
      elements *= std::max<std::int64_t>(size, 1);
      out.push_back(size);
    }
    return out;
  }

  // dtype('f8', ...) with the state (version, byte order, None, ...): no fields, no sub-arrays.
  const Element& element(NodeId id, bool& swapped) const {
    const NodeId state = node(id).kind == PickleKind::object ? node(id).state : kNoNode;
    const bool plain = class_of(id) == "numpy dtype" && !node(node(id).arguments).items.empty() &&
                       state != kNoNode && node(state).kind == PickleKind::tuple &&
                       node(state).items.size() >= 5 &&
                       node(node(state).items[2]).kind == PickleKind::none &&
                       node(node(state).items[3]).kind == PickleKind::none;
    if (!plain) fail(id, "have a dtype of plain numbers", pickle_json(tree_, id, 64));
    const std::string& name = node(node(node(id).arguments).items[0]).text;
    const std::string& order = node(node(state).items[1]).text;
    const auto* known = std::find_if(std::begin(kElements), std::end(kElements),
                                     [&](const Element& e) { return e.name == name; });
    if (known == std::end(kElements) || !is_one_of(order, {"<", "|", "=", ">"}))
      fail(id, "have a dtype of f2 f4 f8 i1 i2 i4 i8 u1 u2 u4 u8 b1 and a byte order",
           pickle_json(tree_, node(id).arguments, 64) + pickle_json(tree_, state, 64));
    swapped = order == ">" && known->width > 1;
    return *known;
  }

  // _reconstruct(ndarray, (0,), 'b') with the state (version, shape, dtype, is_fortran, bytes).
  Tensor numpy(NodeId id) const {
    const NodeId state = node(id).state;
    const bool whole =
        state != kNoNode && node(state).kind == PickleKind::tuple && node(state).items.size() == 5;
    if (!whole) fail(id, "have a state of version, shape, dtype, order and data", "another");
    const std::vector<NodeId>& items = node(state).items;
    const Shape sizes = shape(items[1]);
    bool swapped = false;
    const Element& type = element(items[2], swapped);
    const PickleNode &order = node(items[3]), &data = node(items[4]);
    if (order.kind != PickleKind::boolean)
      fail(items[3], "say whether it is in Fortran's order", "no such flag");
    const std::uint64_t bytes = static_cast<std::uint64_t>(numel_of(sizes, where_)) * type.width;
    if ((data.kind != PickleKind::text && data.kind != PickleKind::bytes) ||
        data.text.size() != bytes)
      fail(items[4], fmt::format("hold {} bytes for {}{}", bytes, type.name, sizes.str()),
           data.kind == PickleKind::text || data.kind == PickleKind::bytes
               ? fmt::format("{}", data.text.size())
               : pickle_json(tree_, items[4], 64));
    return array(type, swapped ? reversed_bytes(data.text, type.width) : data.text, sizes,
                 order.integer != 0);
  }

  static std::string reversed_bytes(std::string bytes, std::size_t width) {
    for (auto at = bytes.begin(); at != bytes.end(); at += static_cast<std::ptrdiff_t>(width))
      std::reverse(at, at + static_cast<std::ptrdiff_t>(width));
    return bytes;
  }

  static Tensor array(const Element& type, std::string_view bytes, const Shape& sizes,
                      bool fortran) {
    Shape stored = sizes;
    if (fortran) std::reverse(stored.begin(), stored.end());
    Tensor out = empty(stored, type.as);
    if (out.numel() > 0) convert(type, bytes, out.mutate_raw());
    if (!fortran || out.rank() < 2) return out;
    std::vector<int> order;  // the file's axes run backwards
    for (int axis = out.rank() - 1; axis >= 0; --axis) order.push_back(axis);
    return out.permuted(order).contiguous();
  }

  std::vector<std::int64_t> indices(NodeId id, std::string_view name) const {
    const Tensor x = read(entry(id, name), 3);
    if (x.rank() != 1 || (x.dtype() != DType::i32 && x.dtype() != DType::i64))
      fail(id, fmt::format("have integers in {}", name), x.str());
    return x.to(DType::i64).to_vector<std::int64_t>();
  }

  // csc: the entries of column j are data[k] at row indices[k], k = indptr[j] .. indptr[j + 1] - 1; csr: of row j.
  Tensor sparse(NodeId id, bool by_column) const {
    const Shape sizes = shape(entry(id, "_shape"));
    if (sizes.rank() != 2 || numel_of(sizes, where_) > kMaxSparse)
      fail(id, "be a matrix of at most 2^24 elements", sizes.str());
    const Tensor data = read(entry(id, "data"), 3);
    if (data.rank() != 1 || (data.dtype() != DType::f64 && data.dtype() != DType::f32))
      fail(id, "have f8 or f4 numbers in data", data.str());
    const std::vector<double> values = data.to(DType::f64).to_vector<double>();
    const std::vector<std::int64_t> at = indices(id, "indices"), first = indices(id, "indptr");
    const std::int64_t lines = sizes[by_column ? 1 : 0], across = sizes[by_column ? 0 : 1],
                       entries = std::ssize(values);
    if (std::ssize(at) != entries || std::ssize(first) != lines + 1 || first.front() != 0 ||
        first.back() != entries)
      fail(id,
           fmt::format("have an index for each of {} numbers and {} + 1 pointers from 0 to {}",
                       entries, lines, entries),
           fmt::format("{} and {}", at.size(), first.size()));
    std::vector<double> dense(static_cast<std::size_t>(numel_of(sizes, where_)), 0);
    for (std::int64_t j = 0; j < lines; ++j) {
      const std::int64_t begin = first[static_cast<std::size_t>(j)],
                         end = first[static_cast<std::size_t>(j) + 1];
      if (begin < 0 || end < begin || end > entries)
        fail(id, "have rising pointers in indptr", fmt::format("{} to {} at [{}]", begin, end, j));
      for (std::int64_t k = begin; k < end; ++k) {
        const std::int64_t i = at[static_cast<std::size_t>(k)];
        if (i < 0 || i >= across)
          fail(id, fmt::format("have indices from 0 to {}", across - 1),
               fmt::format("{} at [{}]", i, k));
        dense[static_cast<std::size_t>(by_column ? i * lines + j : j * across + i)] +=
            values[static_cast<std::size_t>(k)];
      }
    }
    return from_vector(dense, sizes).to(data.dtype());
  }

  // _rebuild_tensor_v2(_load_from_bytes(file), offset, size, stride, ...)
  Tensor torch(NodeId id) const {
    const std::vector<NodeId>& arguments = node(node(id).arguments).items;
    const bool nested = !arguments.empty() &&
                        class_of(arguments[0]) == "torch.storage _load_from_bytes" &&
                        node(node(arguments[0]).arguments).items.size() == 1;
    if (!nested) fail(id, "be a tensor over a nested file", pickle_json(tree_, id, 64));
    const NodeId bytes = node(node(arguments[0]).arguments).items[0];
    if (node(bytes).kind != PickleKind::bytes && node(bytes).kind != PickleKind::text)
      fail(bytes, "be a nested file", pickle_json(tree_, bytes, 64));
    const std::string inside =
        fmt::format("{} (file nested at byte {})", where_, node(bytes).offset);
    const auto file = open_torch(InputFile::over(inside, node(bytes).text));
    const TorchTensorInfo info =
        torch_tensor_info(tree_, arguments, file->tree(), file->tree().root, inside);
    const std::uint64_t width = torch_element("torch " + info.dtype)->width,
                        have = file->storage_bytes(info.storage);
    if (!info.as || width != size_of(*info.as) || *info.as == DType::bool_)
      throw IoError(inside, "the dtype must be a float, int32, int64 or uint8, got " + info.dtype);
    if (have % width != 0 || have / width != static_cast<std::uint64_t>(info.count) ||
        numel_of(info.shape, inside) > std::max<std::int64_t>(info.count, 1))
      throw IoError(
          inside, fmt::format("the storage must hold {} elements of {} bytes for {}, got {} bytes",
                              info.count, width, info.shape.str(), have));
    Tensor storage = empty({static_cast<std::int64_t>(have)}, DType::u8);
    if (have == 0) return empty(info.shape, *info.as);
    file->read_storage(info.storage, storage.mutate_raw());
    return Tensor(storage.storage(), *info.as, info.shape, info.strides, info.offset).contiguous();
  }

  const PickleTree& tree_;
  std::string where_;
};

}  // namespace

void require_array_globals(const PickleTree& tree, const std::string& file) {
  for (NodeId id = 0; id < tree.size(); ++id) {
    const PickleNode& node = tree.at(id);
    if (node.kind == PickleKind::global &&
        kGlobals.find("," + node.text + ",") == std::string_view::npos)
      throw IoError(
          file,
          fmt::format("a pickle of arrays must name only numpy, scipy's csc_matrix and csr_matrix, "
                      "chumpy's Ch and torch's storages, got {} at byte {}",
                      node.text, node.offset));
  }
}

Tensor pickled_array(const PickleTree& tree, NodeId id, const std::string& where) {
  return Arrays(tree, where).read(id);
}

}  // namespace dact
