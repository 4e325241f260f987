#include "io/safetensors.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "io/json.hpp"
#include "tensor/error.hpp"

namespace dact {
namespace {

static_assert(std::endian::native == std::endian::little, "files are little-endian");

constexpr std::uint64_t kMaxHeader = 100'000'000;  // the format's own limit
constexpr std::size_t kMaxTensors = 100'000;
constexpr std::size_t kMaxName = 512;
constexpr std::uint64_t kMaxElements = std::uint64_t{1} << 60;  // tensor/shape.cpp has the same
constexpr std::string_view kMetadata = "__metadata__";

struct Word {
  std::string_view name;
  std::uint64_t bits;
};
constexpr Word kWords[] = {{"BOOL", 8},    {"F4", 4},          {"F6_E2M3", 6},     {"F6_E3M2", 6},
                           {"U8", 8},      {"I8", 8},          {"F8_E5M2", 8},     {"F8_E4M3", 8},
                           {"F8_E8M0", 8}, {"F8_E4M3FNUZ", 8}, {"F8_E5M2FNUZ", 8}, {"I16", 16},
                           {"U16", 16},    {"F16", 16},        {"BF16", 16},       {"I32", 32},
                           {"U32", 32},    {"F32", 32},        {"C64", 64},        {"F64", 64},
                           {"I64", 64},    {"U64", 64}};
// In the order of DType.
constexpr std::string_view kDTypeWords[kDTypeCount] = {"F32", "F64", "BF16", "F16",
                                                       "I64", "I32", "U8",   "BOOL"};

struct Header {
  std::vector<std::string> names;
  std::map<std::string, TensorInfo> infos;
  std::map<std::string, std::string> metadata;
};

// Calls `field` once per member of the object that comes next; the member's value must be taken
// there.
template <class F>
void each_member(JsonReader& json, F&& field) {
  json.expect('{');
  if (json.accept('}')) return;
  do {
    std::string key = json.string();
    json.expect(':');
    field(std::move(key));
  } while (json.accept(','));
  json.expect('}');
}

template <class F>
void each_element(JsonReader& json, F&& element) {
  json.expect('[');
  if (json.accept(']')) return;
  do element(json.unsigned_integer());
  while (json.accept(','));
  json.expect(']');
}

// The members of one tensor's entry, as they stand in the file. Members of other names are ignored,
// as the reference does.
class EntryParser {
 public:
  EntryParser(JsonReader& json, const std::string& where) : json_(json), where_(where) {
    each_member(json, [&](const std::string& key) { member(key); });
    for (const auto& [seen, key] :
         {std::pair{dtype_, "dtype"}, {shape_, "shape"}, {offsets_, "data_offsets"}})
      if (!seen) throw IoError(where, fmt::format("must have the member {}, got none", key));
  }
  TensorInfo info;

 private:
  void member(const std::string& key) {
    if (key == "dtype") {
      once(dtype_, key);
      info.dtype = json_.string();
    } else if (key == "shape") {
      once(shape_, key);
      each_element(json_, [&](std::uint64_t size) { push_size(size); });
    } else if (key == "data_offsets") {
      once(offsets_, key);
      read_offsets();
    } else {
      json_.skip_value();
    }
  }
  void once(bool& seen, const std::string& key) {
    if (seen) throw IoError(where_, fmt::format("must have the member {} once, got it twice", key));
    seen = true;
  }
  void push_size(std::uint64_t size) {
    if (info.shape.rank() == kMaxRank)
      throw IoError(where_, fmt::format("the rank must be at most {}, got more", kMaxRank));
    if (size > kMaxElements)
      throw IoError(where_, fmt::format("a size must be at most 2^60, got {}", size));
    info.shape.push_back(static_cast<std::int64_t>(size));
  }
  void read_offsets() {
    int count = 0;
    each_element(json_, [&](std::uint64_t offset) {
      if (count < 2) (count == 0 ? info.begin : info.end) = offset;
      ++count;
    });
    if (count != 2)
      throw IoError(where_, fmt::format("data_offsets must have two entries, got {}", count));
  }
  JsonReader& json_;
  const std::string& where_;
  bool dtype_ = false, shape_ = false, offsets_ = false;
};

std::string place_of(const std::string& file, const std::string& tensor) {
  return fmt::format("{}: tensor {}", file, json_quoted(tensor));
}

void read_metadata(JsonReader& json, const std::string& file, Header& header) {
  if (json.accept_null()) return;  // the reference reads null as absent
  each_member(json, [&](std::string key) {
    if (json.peek() != '"')
      json.fail(fmt::format("the metadata {} must be text", json_quoted(key)));
    std::string value = json.string();
    const auto [at, fresh] = header.metadata.emplace(std::move(key), std::move(value));
    if (!fresh)
      throw IoError(file,
                    fmt::format("metadata keys must differ, got {} twice", json_quoted(at->first)));
  });
}

Header parse_header(std::string_view text, const std::string& file) {
  if (const std::size_t bad = utf8_error(text); bad != text.size())
    throw IoError(
        file, fmt::format("the header must be UTF-8, got a wrong sequence at byte {}", 8 + bad));
  if (text.empty() || text.front() != '{')
    throw IoError(file, fmt::format("the header must begin with '{{' at byte 8, got {}",
                                    text.empty() ? "no header" : json_quoted(text.substr(0, 1))));
  Header header;
  bool metadata_seen = false;
  JsonReader json(text, file, 8);
  each_member(json, [&](std::string key) {
    if (key == kMetadata) {
      if (metadata_seen) throw IoError(file, "__metadata__ must come once, got it twice");
      metadata_seen = true;
      return read_metadata(json, file, header);
    }
    if (key.size() > kMaxName)
      throw IoError(file,
                    fmt::format("names must have at most {} bytes, got {}", kMaxName, key.size()));
    if (header.names.size() == kMaxTensors)
      throw IoError(file, fmt::format("must hold at most {} tensors, got more", kMaxTensors));
    const std::string where = place_of(file, key);
    if (!header.infos.emplace(key, EntryParser(json, where).info).second)
      throw IoError(where, "names must differ, got this one twice");
    header.names.push_back(std::move(key));
  });
  if (!json.at_end()) json.fail("only white space must follow the header's object");
  return header;
}

// Bytes that dtype and shape ask for; every product checked.
std::uint64_t bytes_of(const TensorInfo& info, const std::string& where) {
  const auto* word = std::find_if(std::begin(kWords), std::end(kWords),
                                  [&](const Word& w) { return w.name == info.dtype; });
  if (word == std::end(kWords))
    throw IoError(where, fmt::format("the dtype must be one of the format's, got {}",
                                     json_quoted(info.dtype)));
  std::uint64_t bits = word->bits, nonzero = 1;
  bool overflow = false;
  for (const std::int64_t size : info.shape) {
    overflow |= __builtin_mul_overflow(bits, static_cast<std::uint64_t>(size), &bits);
    if (size != 0 && static_cast<std::uint64_t>(size) > kMaxElements / nonzero) overflow = true;
    if (size != 0 && !overflow) nonzero *= static_cast<std::uint64_t>(size);
  }
  if (overflow)
    throw IoError(
        where, fmt::format("the sizes must have a product below 2^60, got {}", info.shape.str()));
  if (bits % 8 != 0)
    throw IoError(
        where, fmt::format("{} must fill whole bytes, got shape {}", info.dtype, info.shape.str()));
  return bits / 8;
}

// Every byte of the data belongs to exactly one tensor: sorted by (begin, end), each begins where
// the last ended.
void check_layout(const Header& header, std::uint64_t data_bytes, const std::string& file) {
  std::vector<const std::pair<const std::string, TensorInfo>*> sorted;
  sorted.reserve(header.infos.size());
  for (const auto& entry : header.infos) sorted.push_back(&entry);
  std::sort(sorted.begin(), sorted.end(), [](const auto* a, const auto* b) {
    return std::pair{a->second.begin, a->second.end} < std::pair{b->second.begin, b->second.end};
  });
  std::uint64_t end = 0;
  for (const auto* entry : sorted) {
    const auto& [name, info] = *entry;
    const std::string where = place_of(file, name);
    if (info.begin > info.end || info.begin != end)
      throw IoError(
          where,
          fmt::format("data_offsets must begin at {}, where the tensor before ends, got [{}, {}]",
                      end, info.begin, info.end));
    const std::uint64_t bytes = bytes_of(info, where);
    if (info.end - info.begin != bytes)
      throw IoError(where, fmt::format("data_offsets must span the {} bytes of {} {}, got [{}, {}]",
                                       bytes, info.dtype, info.shape.str(), info.begin, info.end));
    end = info.end;
  }
  const std::string what =
      fmt::format("the tensors must fill the {} bytes of data, got an end at {}", data_bytes, end);
  if (end > data_bytes) throw CutShortError(file, what + ": the file was cut short");
  if (end < data_bytes) throw IoError(file, what);
}

std::string read_from(const InputFile& file, std::uint64_t offset, std::uint64_t bytes) {
  std::string text(static_cast<std::size_t>(bytes), '\0');
  file.read_at(offset, text.data(), text.size());
  return text;
}

// Whether the text ends before its first object does, or in the spaces behind it.
bool object_unfinished(std::string_view text) {
  if (text.empty()) return true;
  std::int64_t depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (quoted && text[i] == '\\')
      ++i;
    else if (text[i] == '"')
      quoted = !quoted;
    else if (!quoted)
      depth += (text[i] == '{') - (text[i] == '}');
    if (depth == 0) return i > 0 && text.find_first_not_of(' ', i + 1) == std::string_view::npos;
  }
  return true;
}

// The length in front, checked against the file that there is.
std::uint64_t read_length(const InputFile& file) {
  if (file.size() < 8)
    throw CutShortError(
        file.name(),
        fmt::format("a safetensors file must have at least 8 bytes, got {}", file.size()));
  std::uint64_t length = 0;
  file.read_at(0, &length, 8);
  const std::uint64_t rest = file.size() - 8;
  if (length <= kMaxHeader && length <= rest) return length;
  const std::string what =
      fmt::format("the header's length must be at most {} and fit the file's {} bytes, got {}",
                  kMaxHeader, file.size(), length);
  if (length <= kMaxHeader && object_unfinished(read_from(file, 8, rest)))
    throw CutShortError(file.name(), what + ": the file was cut short");
  throw IoError(file.name(), what);
}

}  // namespace

std::optional<DType> safetensors_dtype(std::string_view word) {
  for (int i = 0; i < kDTypeCount; ++i)
    if (kDTypeWords[i] == word) return static_cast<DType>(i);
  return std::nullopt;
}

std::string_view safetensors_word(DType dtype) {
  return kDTypeWords[static_cast<std::size_t>(dtype)];
}

SafetensorsReader::SafetensorsReader(InputFile file) : file_(std::move(file)) {
  const std::uint64_t length = read_length(file_);
  Header header = parse_header(read_from(file_, 8, length), file_.name());
  check_layout(header, file_.size() - 8 - length, file_.name());
  data_start_ = 8 + length;
  names_ = std::move(header.names);
  infos_ = std::move(header.infos);
  metadata_ = std::move(header.metadata);
}

const TensorInfo& SafetensorsReader::info(const std::string& name) const {
  const auto at = infos_.find(name);
  if (at == infos_.end())
    throw IoError(place_of(file_.name(), name), "must be in the file, got no such name");
  return at->second;
}

Tensor SafetensorsReader::read(const std::string& name) const {
  const TensorInfo& info = this->info(name);
  const std::optional<DType> dtype = safetensors_dtype(info.dtype);
  if (!dtype)
    throw IoError(place_of(file_.name(), name),
                  fmt::format("the dtype must be one of F32 F64 F16 BF16 I64 I32 U8 BOOL, got {}",
                              info.dtype));
  Tensor tensor = empty(info.shape, *dtype);
  if (tensor.numel() == 0) return tensor;
  void* into = tensor.mutate_raw();
  file_.read_at(data_start_ + info.begin, into, static_cast<std::size_t>(info.end - info.begin));
  // A bool that is neither 0 nor 1 is undefined behaviour wherever it is used.
  if (*dtype == DType::bool_)
    for (auto* p = static_cast<std::uint8_t*>(into);
         p != static_cast<std::uint8_t*>(into) + tensor.numel(); ++p)
      *p = *p != 0;
  return tensor;
}

TensorFile read_safetensors(const std::string& path) {
  return read_safetensors(SafetensorsReader(path));
}

TensorFile read_safetensors(const SafetensorsReader& reader) {
  TensorFile file{.tensors = {}, .metadata = reader.metadata(), .order = reader.names()};
  std::vector<std::string> by_place = reader.names();
  std::stable_sort(by_place.begin(), by_place.end(),
                   [&](const std::string& a, const std::string& b) {
                     return reader.info(a).begin < reader.info(b).begin;
                   });
  for (const std::string& name : by_place) file.tensors.emplace(name, reader.read(name));
  return file;
}

}  // namespace dact
