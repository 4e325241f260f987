// Zip checkpoints of PyTorch, through libzip where the build has it.
#include <fmt/core.h>

#include "io/torch_container.hpp"
#include "tensor/error.hpp"

#ifdef DACT_HAVE_LIBZIP
#include <zip.h>

#include <algorithm>
#include <set>

#include "io/json.hpp"
#endif

namespace dact {

#ifdef DACT_HAVE_LIBZIP
namespace {

constexpr std::uint64_t kMaxMembers = 1'000'000;
constexpr std::uint64_t kMaxPickle = std::uint64_t{1} << 30;
constexpr std::uint64_t kMaxInflation = 1032;  // the most that deflate can gain

class ZipContainer final : public TorchContainer {
 public:
  explicit ZipContainer(InputFile file) : file_(std::move(file)) {
    open();
    const std::string pickle_name = find_pickle();
    prefix_ = pickle_name.substr(0, pickle_name.size() - std::string_view("data.pkl").size());
    check_byte_order();
    const std::string bytes = read_text(pickle_name, kMaxPickle);
    const InputFile pickle = InputFile::over(file_.name() + ": " + pickle_name, bytes);
    std::uint64_t end = pickle.size();
    tree_ = read_pickle(pickle, 0, end, true);
    if (end != pickle.size())
      throw IoError(pickle.name(),
                    fmt::format("nothing must follow the pickle, got {} bytes from byte {}",
                                pickle.size() - end, end));
  }

  std::string_view kind() const override { return "PyTorch zip"; }
  const PickleTree& tree() const override { return tree_; }
  std::uint64_t storage_bytes(const std::string& key) override {
    return stat(prefix_ + "data/" + key).size;
  }
  void read_storage(const std::string& key, void* into) override {
    const std::string name = prefix_ + "data/" + key;
    read(stat(name), name, into);
  }

 private:
  [[noreturn]] void fail(const std::string& member, std::string_view what) const {
    throw IoError(file_.name(), fmt::format("zip member {} {}", json_quoted(member), what));
  }

  void open() {
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t* source = nullptr;
    if (file_.descriptor() < 0) {
      source = zip_source_buffer_create(file_.memory().data(), file_.memory().size(), 0, &error);
    } else {
      source = zip_source_file_create(file_.name().c_str(), 0, -1, &error);
    }
    if (source != nullptr) archive_.reset(zip_open_from_source(source, ZIP_RDONLY, &error));
    if (archive_ == nullptr) {
      const std::string text = zip_error_strerror(&error);
      if (source != nullptr) zip_source_free(source);
      zip_error_fini(&error);
      throw IoError(file_.name(), "a zip archive must be whole, got: " + text);
    }
    zip_error_fini(&error);
  }

  // The one member that ends in /data.pkl. All names are looked at: duplicates hide one file behind
  // another.
  std::string find_pickle() {
    const zip_int64_t count = zip_get_num_entries(archive_.get(), 0);
    if (count < 0 || static_cast<std::uint64_t>(count) > kMaxMembers)
      throw IoError(file_.name(), fmt::format("a zip archive must have at most {} members, got {}",
                                              kMaxMembers, count));
    std::string found;
    std::set<std::string> names;
    for (zip_int64_t i = 0; i < count; ++i) {
      const char* raw = zip_get_name(archive_.get(), static_cast<zip_uint64_t>(i), ZIP_FL_ENC_RAW);
      const std::string name = raw == nullptr ? "" : raw;
      if (name.empty() || utf8_error(name) != name.size() || !names.insert(name).second)
        fail(name, "must have a name of its own in UTF-8, got one twice or none");
      if (!name.ends_with("/data.pkl")) continue;
      if (!found.empty()) fail(name, "must be the only data.pkl, got two");
      found = name;
    }
    if (found.empty())
      throw IoError(file_.name(), "a checkpoint's zip must have a member data.pkl, got none");
    return found;
  }

  void check_byte_order() {
    const std::string name = prefix_ + "byteorder";
    if (zip_name_locate(archive_.get(), name.c_str(), ZIP_FL_ENC_RAW) < 0) return;
    const std::string order = read_text(name, 16);
    if (order != "little") fail(name, fmt::format("must say little, got {}", json_quoted(order)));
  }

  // Size and method, all checked against the file before anything is allocated for them.
  zip_stat_t stat(const std::string& name) const {
    zip_stat_t info;
    zip_stat_init(&info);
    if (name.find('\0') != std::string::npos ||
        zip_stat(archive_.get(), name.c_str(), ZIP_FL_ENC_RAW, &info) != 0)
      fail(name, "must be in the archive, got none");
    const zip_uint64_t needed =
        ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD | ZIP_STAT_ENCRYPTION_METHOD;
    if ((info.valid & needed) != needed) fail(name, "must have sizes and a method, got none");
    if (info.encryption_method != ZIP_EM_NONE)
      fail(name, "must not be encrypted, got an encrypted one");
    if (info.comp_method != ZIP_CM_STORE && info.comp_method != ZIP_CM_DEFLATE)
      fail(name, fmt::format("must be stored or deflated, got method {}", info.comp_method));
    const std::uint64_t gain = info.comp_method == ZIP_CM_STORE ? 1 : kMaxInflation;
    if (info.comp_size > file_.size() || info.size / gain > info.comp_size)
      fail(name, fmt::format("must hold its {} bytes, got {} packed ones in a file of {}",
                             info.size, info.comp_size, file_.size()));
    return info;
  }

  void read(const zip_stat_t& info, const std::string& name, void* into) const {
    // PyTorch can write checkpoints without checksums (crc 0). Stored bytes are then read
    // unchecked.
    const bool unchecked = info.comp_method == ZIP_CM_STORE && info.crc == 0;
    zip_file_t* member =
        zip_fopen_index(archive_.get(), info.index, unchecked ? ZIP_FL_COMPRESSED : 0);
    if (member == nullptr)
      fail(name, fmt::format("must be readable, got: {}", zip_strerror(archive_.get())));
    auto* out = static_cast<std::byte*>(into);
    std::uint64_t left = info.size;
    std::string problem;
    while (left > 0 && problem.empty()) {
      const zip_int64_t got =
          zip_fread(member, out, std::min<std::uint64_t>(left, std::uint64_t{1} << 24));
      if (got <= 0) {
        problem = got == 0 ? "its end" : zip_file_strerror(member);
      } else {
        out += got;
        left -= static_cast<std::uint64_t>(got);
      }
    }
    // The checksum is compared when the end is read.
    std::byte beyond{};
    if (problem.empty() && zip_fread(member, &beyond, 1) != 0)
      problem = info.size == 0 ? "bytes in an empty member" : "more bytes, or another checksum";
    zip_fclose(member);
    if (!problem.empty())
      fail(name, fmt::format("must hold {} bytes, got {} with {} to go", info.size, problem, left));
  }

  std::string read_text(const std::string& name, std::uint64_t limit) const {
    const zip_stat_t info = stat(name);
    if (info.size > limit)
      fail(name, fmt::format("must have at most {} bytes, got {}", limit, info.size));
    std::string text(static_cast<std::size_t>(info.size), '\0');
    read(info, name, text.data());
    return text;
  }

  InputFile file_;
  std::unique_ptr<zip_t, decltype(&zip_discard)> archive_{nullptr, &zip_discard};
  std::string prefix_;
  PickleTree tree_;
};

}  // namespace

std::unique_ptr<TorchContainer> open_torch_zip(InputFile file) {
  return std::make_unique<ZipContainer>(std::move(file));
}

#else

std::unique_ptr<TorchContainer> open_torch_zip(InputFile file) {
  throw IoError(file.name(),
                "reading PyTorch's zip checkpoints needs libzip, got a build without it");
}

#endif

}  // namespace dact
