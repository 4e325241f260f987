// Legacy PyTorch checkpoints: five pickles, then for each storage its count and bytes.
#include <fmt/core.h>

#include <algorithm>
#include <map>

#include "io/json.hpp"
#include "io/torch_container.hpp"
#include "tensor/error.hpp"

namespace dact {
namespace {

constexpr std::string_view kMagic = "119547037146038801333356";  // 0x1950a86a20f9469cfc6c

class LegacyContainer final : public TorchContainer {
 public:
  explicit LegacyContainer(InputFile file) : file_(std::move(file)) {
    std::uint64_t at = 0;
    const PickleTree magic = next(at, false);
    if (magic.at(magic.root).kind != PickleKind::big_integer || magic.at(magic.root).text != kMagic)
      throw IoError(
          file_.name(),
          "a legacy checkpoint must begin with PyTorch's magic number, got another pickle");
    const PickleTree protocol = next(at, false);
    if (protocol.at(protocol.root).kind != PickleKind::integer ||
        protocol.at(protocol.root).integer != 1001)
      throw IoError(file_.name(), "the legacy protocol must be 1001, got " +
                                      pickle_json(protocol, protocol.root, 64));
    const PickleTree system = next(at, false);
    const NodeId little = system.find(system.root, "little_endian");
    if (little == kNoNode || system.at(little).kind != PickleKind::boolean)
      throw IoError(file_.name(), "the system record must say little_endian, got none");
    swap_ = system.at(little).integer == 0;
    tree_ = next(at, true);
    const PickleTree keys = next(at, false);
    find_storages(keys, at);
  }
  std::string_view kind() const override { return "PyTorch legacy"; }
  const PickleTree& tree() const override { return tree_; }

  std::uint64_t storage_bytes(const std::string& key) override { return place(key).bytes; }

  void read_storage(const std::string& key, void* into) override {
    const Place& at = place(key);
    file_.read_at(at.begin, into, static_cast<std::size_t>(at.bytes));
    if (!swap_ || at.width < 2) return;
    auto* p = static_cast<std::uint8_t*>(into);
    for (std::uint64_t i = 0; i < at.bytes; i += at.width) std::reverse(p + i, p + i + at.width);
  }

 private:
  struct Place {
    std::uint64_t begin, bytes, width;
  };
  struct Kind {
    std::uint64_t width;
    std::int64_t count;
  };

  PickleTree next(std::uint64_t& at, bool storages) {
    std::uint64_t end = file_.size();
    PickleTree tree = read_pickle(file_, at, end, storages);
    at = end;
    return tree;
  }

  const Place& place(const std::string& key) const {
    const auto found = places_.find(key);
    if (found == places_.end())
      throw IoError(file_.name(), fmt::format("storage {} must be in the file, got no such key",
                                              json_quoted(key)));
    return found->second;
  }

  // Width and count of every storage that the tensors name: the bytes that follow do not say.
  std::map<std::string, Kind> named_storages() const {
    std::map<std::string, Kind> kinds;
    for (const NodeId id : tree_.storages) {
      const std::vector<NodeId>& items = tree_.at(id).items;
      const std::string& global = tree_.at(items[1]).text;
      const TorchElement* element = torch_element(global);
      const std::uint64_t width = global == kUntypedStorage ? 1
                                  : element != nullptr      ? element->width
                                                            : 0;
      const std::string& key = tree_.at(items[2]).text;
      if (width == 0)
        throw IoError(file_.name(), fmt::format("storage {} must have a class of PyTorch's, got {}",
                                                json_quoted(key), global));
      const Kind kind{width, tree_.at(items[4]).integer};
      const auto [at, fresh] = kinds.emplace(key, kind);
      if (!fresh && (at->second.width != kind.width || at->second.count != kind.count))
        throw IoError(file_.name(), fmt::format("storage {} must keep its class and count, got two",
                                                json_quoted(key)));
    }
    return kinds;
  }

  void find_storages(const PickleTree& keys, std::uint64_t at) {
    const std::map<std::string, Kind> kinds = named_storages();
    if (keys.at(keys.root).kind != PickleKind::list)
      throw IoError(file_.name(),
                    "the storage keys must be a list, got " + pickle_json(keys, keys.root, 64));
    for (const NodeId id : keys.at(keys.root).items) {
      const std::string& key = keys.at(id).text;
      const auto kind = kinds.find(key);
      if (keys.at(id).kind != PickleKind::text || kind == kinds.end())
        throw IoError(file_.name(), fmt::format("storage key {} must belong to a tensor, got none",
                                                json_quoted(key)));
      add_place(key, kind->second, at);
    }
    if (at != file_.size())
      throw IoError(file_.name(),
                    fmt::format("nothing must follow the storages, got {} bytes from byte {}",
                                file_.size() - at, at));
  }

  void add_place(const std::string& key, const Kind& kind, std::uint64_t& at) {
    if (file_.size() - at < 8)
      throw IoError(file_.name(), fmt::format("storage {} must begin inside the file, got byte {}",
                                              json_quoted(key), at));
    std::int64_t count = 0;
    file_.read_at(at, &count, 8);
    if (swap_)
      count = static_cast<std::int64_t>(__builtin_bswap64(static_cast<std::uint64_t>(count)));
    at += 8;
    if (count != kind.count)
      throw IoError(
          file_.name(),
          fmt::format("storage {} must hold the {} elements its tensors name, got {} at byte {}",
                      json_quoted(key), kind.count, count, at - 8));
    if (static_cast<std::uint64_t>(count) > (file_.size() - at) / kind.width)
      throw IoError(
          file_.name(),
          fmt::format("storage {} must fit the {} bytes that are left, got {} elements of {}",
                      json_quoted(key), file_.size() - at, count, kind.width));
    const std::uint64_t bytes = static_cast<std::uint64_t>(count) * kind.width;
    if (!places_.emplace(key, Place{at, bytes, kind.width}).second)
      throw IoError(file_.name(),
                    fmt::format("storage {} must come once, got it twice", json_quoted(key)));
    at += bytes;
  }

  InputFile file_;
  bool swap_ = false;
  PickleTree tree_;
  std::map<std::string, Place> places_;
};

}  // namespace

std::unique_ptr<TorchContainer> open_torch_legacy(InputFile file) {
  return std::make_unique<LegacyContainer>(std::move(file));
}

}  // namespace dact
