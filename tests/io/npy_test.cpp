#include "io/npy.hpp"

#include "tests/io/files.hpp"

using namespace dact;
using namespace dact::test;

namespace {

std::string npy(const std::string& header, const std::string& data, int version = 1) {
  std::string bytes = "\x93NUMPY";
  bytes += {static_cast<char>(version), '\0'};
  bytes += version == 1 ? le(static_cast<std::uint16_t>(header.size()))
                        : le(static_cast<std::uint32_t>(header.size()));
  return bytes + header + data;
}
Tensor read(std::string_view bytes) { return read_npy(InputFile::over("hand.npy", bytes)); }
std::string header_of(const std::string& descr, const std::string& order,
                      const std::string& shape) {
  return "{'descr': '" + descr + "', 'fortran_order': " + order + ", 'shape': " + shape + ", }\n";
}

}  // namespace

TEST_CASE("npy: round trip of every dtype that numpy has") {
  const TempFolder folder;
  for (const DType dtype : kAllDTypes)
    for (const Shape& shape :
         {Shape{}, Shape{5}, Shape{2, 3}, Shape{0, 4}, Shape{1, 2, 1, 3, 1, 1, 1, 2}}) {
      const Tensor t = counting(shape, dtype);
      if (dtype == DType::bf16) {
        CHECK_THROWS_AS(write_npy(folder / "x.npy", t), DtypeError);
        continue;
      }
      write_npy(folder / "x.npy", t);
      CHECK_MESSAGE(same(read_npy(folder / "x.npy"), t), t.str());
    }
}

TEST_CASE("npy: both versions, both orders, and the spellings numpy has used") {
  const std::string data = le(1) + le(2) + le(3) + le(4) + le(5) + le(6);
  const std::vector<std::int32_t> straight{1, 2, 3, 4, 5, 6}, turned{1, 3, 5, 2, 4, 6};
  CHECK(read(npy(header_of("<i4", "False", "(2, 3)"), data)).to_vector<std::int32_t>() == straight);
  CHECK(read(npy(header_of("<i4", "True", "(2, 3)"), data)).to_vector<std::int32_t>() == turned);
  CHECK(read(npy(header_of("<i4", "False", "(2, 3)"), data, 2)).shape() == Shape{2, 3});
  CHECK(read(npy(header_of("<i4", "True", "(6,)"), data)).to_vector<std::int32_t>() == straight);
  CHECK(read(npy("{\"shape\":(6L,),\"descr\":\"<i4\",\"fortran_order\":False}", data)).shape() ==
        Shape{6});
  CHECK(read(npy(header_of("<f8", "False", "()"), le(2.5))).item() == 2.5);
}

TEST_CASE("npy: hostile files are refused with file and reason") {
  const std::string four = le(1.0F);
  const auto with = [&](const std::string& shape) {
    return npy(header_of("<f4", "False", shape), four);
  };
  const struct {
    std::string label;
    std::string bytes, says;
  } files[] = {
      {"empty", "", "must begin with"},
      {"magic only", "\x93NUMPY", "must begin with"},
      {"another magic", std::string("\x93NUMPX\1\0\2\0{}", 12), "must begin with"},
      {"version 0", npy("{}", "", 0), "must be 1.0 or 2.0, got 0.0"},
      {"version 3", npy(header_of("<f4", "False", "(1,)"), four, 3), "must be 1.0 or 2.0, got 3.0"},
      {"header past the end", std::string("\x93NUMPY\1\0\xFF\xFF{}", 12), "got 65535"},
      {"header of 4 GiB", std::string("\x93NUMPY\2\0\xFF\xFF\xFF\xFF{}", 14), "got 4294967295"},
      {"no dictionary", npy("", four), "'{' must come at byte 10, got the header's end"},
      {"list", npy("[]", four), "'{' must come"},
      {"members missing", npy("{}", four), "must have descr, fortran_order and shape"},
      {"member twice", npy("{'descr': '<f4', 'descr': '<f4'}", four), "once each"},
      {"member unknown", npy("{'x': 1}", four), "once each and alone"},
      {"call", npy("{'descr': __import__('os')}", four), "a quoted word must come"},
      {"object array", npy(header_of("|O", "False", "(1,)"), four),
       "got |O (a pickled object array)"},
      {"big-endian", npy(header_of(">f4", "False", "(1,)"), four), "got >f4"},
      {"complex", npy(header_of("<c8", "False", "(1,)"), four), "got <c8"},
      {"structured", npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}", four),
       "got a structured one"},
      {"order a number", npy("{'descr': '<f4', 'fortran_order': 1, 'shape': (1,)}", four),
       "must be True or False"},
      {"shape negative", with("(-1,)"), "non-negative integer"},
      {"shape fraction", with("(1.0,)"), "comma must follow"},
      {"shape a number", with("(1)"), "comma must follow the only size"},
      {"shape a list", with("[1]"), "'(' must come"},
      {"shape not closed", with("(1,"), "must be"},
      {"shape 2^60 + 1", with("(1152921504606846977,)"), "at most 2^60"},
      {"shape of 30 digits", with("(100000000000000000000000000000,)"), "at most 2^60"},
      {"shape product", with("(4294967296, 4294967296)"), "product of at most 2^60"},
      {"rank 9", with("(1,1,1,1,1,1,1,1,1)"), "rank must be at most 8"},
      {"data short", with("(2,)"), "must be followed by 8 bytes of data, got 4"},
      {"data long", npy(header_of("<f4", "False", "(1,)"), four + "x"),
       "must be followed by 4 bytes of data, got 5"},
      {"behind the dictionary",
       npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} x", four), "only white space"},
      {"quote not closed", npy("{'descr", four), "a quoted word must end"},
  };
  for (const auto& file : files) {
    const std::string text = io_error([&] { read(file.bytes); });
    CHECK_MESSAGE(contains(text, "hand.npy: "), file.label);
    CHECK_MESSAGE(contains(text, file.says), file.label << ": " << text);
  }
}

TEST_CASE("npy: 20,000 mutations of a valid file are read or refused, nothing else") {
  const std::string valid = npy(header_of("<f4", "True", "(1, 2)"), le(1.0F) + le(2.0F));
  Words words{20'250'102};
  int taken = 0;
  for (int i = 0; i < 20'000; ++i) {
    const std::string bytes = mutated(valid, words);
    taken += io_error([&] { read(bytes); }) == "";
  }
  CHECK(taken > 100);
  CHECK(taken < 15'000);
}
