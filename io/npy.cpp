#include "io/npy.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <vector>

#include "tensor/error.hpp"

namespace dact {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::uint64_t kMaxHeader = 65535;
constexpr std::uint64_t kMaxElements = std::uint64_t{1} << 60;  // tensor/shape.cpp has the same

struct Descr {
  std::string_view text;
  DType dtype;
};
constexpr Descr kDescrs[] = {{"<f4", DType::f32}, {"<f8", DType::f64},  {"<f2", DType::f16},
                             {"<i8", DType::i64}, {"<i4", DType::i32},  {"|u1", DType::u8},
                             {"<u1", DType::u8},  {"|b1", DType::bool_}};

struct Header {
  std::optional<DType> dtype;  // none for a pickled object array
  bool object = false;
  std::optional<bool> fortran;
  std::optional<Shape> shape;
};

// The header is a Python dictionary literal with three known keys; this reads exactly that.
class HeaderParser {
 public:
  HeaderParser(std::string_view text, const std::string& file, std::uint64_t first_byte)
      : text_(text), file_(file), first_byte_(first_byte) {}

  Header parse() {
    Header header;
    expect('{');
    while (!accept('}')) {
      member(header, quoted());
      if (accept(',')) continue;
      expect('}');
      break;
    }
    skip_space();
    if (at_ != text_.size()) fail("only white space must follow the dictionary");
    if ((!header.dtype && !header.object) || !header.fortran || !header.shape)
      throw IoError(file_, "the header must have descr, fortran_order and shape, got fewer");
    return header;
  }

 private:
  [[noreturn]] void fail(std::string_view must) const {
    const std::string got =
        at_ < text_.size()
            ? fmt::format("byte 0x{:02x}",
                          static_cast<unsigned>(static_cast<unsigned char>(text_[at_])))
            : "the header's end";
    throw IoError(file_, fmt::format("{} at byte {}, got {}", must, first_byte_ + at_, got));
  }
  void skip_space() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
  }
  bool accept(char c) {
    skip_space();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!accept(c)) fail(fmt::format("'{}' must come", c));
  }
  std::string_view quoted() {
    skip_space();
    const char quote = at_ < text_.size() ? text_[at_] : '\0';
    if (quote != '\'' && quote != '"') fail("a quoted word must come");
    const std::size_t end = text_.find(quote, at_ + 1);
    if (end == std::string_view::npos) fail("a quoted word must end");
    const std::string_view word = text_.substr(at_ + 1, end - at_ - 1);
    at_ = end + 1;
    return word;
  }
  bool accept_word(std::string_view word) {
    if (text_.substr(at_, word.size()) != word) return false;
    at_ += word.size();
    return true;
  }

  void member(Header& header, std::string_view key) {
    const bool known = key == "descr" || key == "fortran_order" || key == "shape";
    const bool again = (key == "descr" && (header.dtype || header.object)) ||
                       (key == "fortran_order" && header.fortran) ||
                       (key == "shape" && header.shape);
    if (!known || again) fail("descr, fortran_order and shape must come once each and alone");
    expect(':');
    skip_space();
    if (key == "descr") {
      header.dtype = descr(header.object);
    } else if (key == "shape") {
      header.shape = shape();
    } else if (accept_word("True")) {
      header.fortran = true;
    } else if (accept_word("False")) {
      header.fortran = false;
    } else {
      fail("fortran_order must be True or False");
    }
  }

  std::optional<DType> descr(bool& object) {
    if (text_.substr(at_, 1) == "[")
      throw IoError(file_, "the dtype must be a plain number, got a structured one");
    const std::string_view word = quoted();
    for (const Descr& d : kDescrs)
      if (d.text == word) return d.dtype;
    object = word == "|O" || word == "O";
    if (object) return std::nullopt;
    throw IoError(file_, fmt::format("the dtype must be one of <f4 <f8 <f2 <i4 <i8 |u1 |b1, got {}",
                                     std::string(word.substr(0, 32))));
  }

  Shape shape() {
    expect('(');
    Shape shape;
    while (!accept(')')) {
      shape.push_back(size(shape));
      if (accept(',')) continue;
      if (shape.rank() < 2) fail("a comma must follow the only size");  // (3) is a number in Python
      expect(')');
      break;
    }
    return shape;
  }
  std::int64_t size(const Shape& before) {
    skip_space();
    if (before.rank() == kMaxRank) fail(fmt::format("the rank must be at most {}", kMaxRank));
    const auto is_digit = [&] {
      return at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9';
    };
    if (!is_digit()) fail("a size must be a non-negative integer");
    std::uint64_t value = 0;
    for (; is_digit(); ++at_) {
      value = value * 10 + static_cast<std::uint64_t>(text_[at_] - '0');
      if (value > kMaxElements) fail("a size must be at most 2^60");
    }
    accept_word("L");  // files of Python 2
    return static_cast<std::int64_t>(value);
  }

  std::string_view text_;
  const std::string& file_;
  std::uint64_t first_byte_;
  std::size_t at_ = 0;
};

// Bytes of the array; throws when the product of the sizes does not fit.
std::uint64_t bytes_of(const Header& header, const std::string& file) {
  std::uint64_t nonzero = 1;
  bool empty_array = false;
  for (const std::int64_t size : *header.shape) {
    if (size == 0) {
      empty_array = true;
      continue;
    }
    if (static_cast<std::uint64_t>(size) > kMaxElements / nonzero)
      throw IoError(file, fmt::format("the sizes must have a product of at most 2^60, got {}",
                                      header.shape->str()));
    nonzero *= static_cast<std::uint64_t>(size);
  }
  return empty_array ? 0 : nonzero * size_of(*header.dtype);
}

// Length of the header and where it begins.
std::pair<std::uint64_t, std::uint64_t> header_place(const InputFile& file) {
  std::array<unsigned char, 12> start{};
  const std::size_t have =
      std::min<std::size_t>(start.size(), static_cast<std::size_t>(file.size()));
  file.read_at(0, start.data(), have);
  if (have < 10 || std::memcmp(start.data(), kMagic.data(), kMagic.size()) != 0)
    throw IoError(file.name(), "a .npy file must begin with \\x93NUMPY, got other bytes");
  const int version = start[6];
  if ((version != 1 && version != 2) || start[7] != 0 || (version == 2 && have < 12))
    throw IoError(file.name(),
                  fmt::format("the version must be 1.0 or 2.0, got {}.{}", version, start[7]));
  std::uint64_t length = static_cast<std::uint64_t>(start[8] | start[9] << 8);
  if (version == 2)
    length |= static_cast<std::uint64_t>(start[10]) << 16 | static_cast<std::uint64_t>(start[11])
                                                                << 24;
  const std::uint64_t at = version == 1 ? 10 : 12;
  if (length > kMaxHeader || length > file.size() - at)
    throw IoError(file.name(),
                  fmt::format("the header must have at most {} bytes and fit the file's {}, got {}",
                              kMaxHeader, file.size(), length));
  return {at, length};
}

Header read_header(const InputFile& file, std::uint64_t at, std::uint64_t length) {
  std::string text(static_cast<std::size_t>(length), '\0');
  file.read_at(at, text.data(), text.size());
  return HeaderParser(text, file.name(), at).parse();
}

Shape reversed(const Shape& shape) {
  Shape out = shape;
  std::reverse(out.begin(), out.end());
  return out;
}

}  // namespace

Tensor read_npy(const InputFile& file) {
  const auto [at, length] = header_place(file);
  const Header header = read_header(file, at, length);
  if (header.object)
    throw IoError(
        file.name(),
        "the dtype must be one of <f4 <f8 <f2 <i4 <i8 |u1 |b1, got |O (a pickled object array)");
  const std::uint64_t bytes = bytes_of(header, file.name()), have = file.size() - at - length;
  if (bytes != have)
    throw IoError(file.name(),
                  fmt::format("{} {} must be followed by {} bytes of data, got {}",
                              name_of(*header.dtype), header.shape->str(), bytes, have));
  Tensor tensor = empty(*header.fortran ? reversed(*header.shape) : *header.shape, *header.dtype);
  if (bytes > 0) {
    void* into = tensor.mutate_raw();
    file.read_at(at + length, into, static_cast<std::size_t>(bytes));
    auto* p = static_cast<std::uint8_t*>(into);
    if (*header.dtype == DType::bool_)
      std::transform(p, p + bytes, p, [](std::uint8_t b) { return std::uint8_t{b != 0}; });
  }
  if (!*header.fortran || tensor.rank() < 2) return tensor;
  std::vector<int> order;  // the file's axes run backwards
  for (int axis = tensor.rank() - 1; axis >= 0; --axis) order.push_back(axis);
  return tensor.permuted(order).contiguous();
}

PickleTree read_npy_object(const InputFile& file) {
  const auto [at, length] = header_place(file);
  const Header header = read_header(file, at, length);
  if (!header.object || header.shape->rank() != 0)
    throw IoError(file.name(),
                  fmt::format("the file must hold one object (dtype |O, shape []), got {} {}",
                              header.object ? "|O" : name_of(*header.dtype), header.shape->str()));
  std::uint64_t end = file.size();
  PickleTree tree = read_pickle(file, at + length, end, false);
  if (end != file.size())
    throw IoError(file.name(),
                  fmt::format("nothing must follow the pickle, got {} bytes from byte {}",
                              file.size() - end, end));
  // _reconstruct(ndarray, (0,), 'b') with the state (version, (), dtype, order, [object])
  const PickleNode& array = tree.at(tree.root);
  const bool around = array.kind == PickleKind::object && array.state != kNoNode &&
                      tree.at(array.state).kind == PickleKind::tuple &&
                      tree.at(array.state).items.size() == 5;
  const NodeId list = around ? tree.at(array.state).items[4] : kNoNode;
  if (!around || tree.at(list).kind != PickleKind::list || tree.at(list).items.size() != 1)
    throw IoError(file.name(),
                  fmt::format("the pickle must be an array of one object, got {} at byte {}",
                              pickle_json(tree, tree.root, 64), at + length));
  tree.root = tree.at(list).items[0];
  return tree;
}

Tensor read_npy(const std::string& path) { return read_npy(InputFile(path)); }

void write_npy(const std::string& path, const Tensor& tensor) {
  require_defined("write_npy", "tensor", tensor);
  const auto* descr = std::find_if(std::begin(kDescrs), std::end(kDescrs),
                                   [&](const Descr& d) { return d.dtype == tensor.dtype(); });
  if (descr == std::end(kDescrs))
    throw DtypeError("write_npy",
                     fmt::format("the dtype must be one numpy has, got {}", tensor.str()));
  const Tensor dense = tensor.contiguous();
  std::string shape;
  for (const std::int64_t size : dense.shape()) shape += std::to_string(size) + ", ";
  if (dense.rank() > 1) shape.resize(shape.size() - 2);
  std::string header =
      fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}", descr->text, shape);
  header.append((64 - (10 + header.size() + 1) % 64) % 64,
                ' ');  // data at a multiple of 64, as numpy writes it
  header.push_back('\n');
  std::string start(kMagic);
  start += {'\x01', '\x00', static_cast<char>(header.size() & 0xFF),
            static_cast<char>(header.size() >> 8)};
  AtomicFile file(path);
  file.write(start);
  file.write(header);
  if (dense.numel() > 0)
    file.write(dense.raw_data(), static_cast<std::size_t>(dense.numel()) * size_of(dense.dtype()));
  file.commit();
}

}  // namespace dact
