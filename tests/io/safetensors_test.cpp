#include "io/safetensors.hpp"

#include <algorithm>

#include "tests/io/files.hpp"

using namespace dact;
using namespace dact::test;

namespace {

std::string file_of(const std::string& header, const std::string& data = "") {
  return le(static_cast<std::uint64_t>(header.size())) + header + data;
}

SafetensorsReader reader_of(std::string_view bytes) {
  return SafetensorsReader(InputFile::over("hand.safetensors", bytes));
}

// What the reader says of a file that must be refused; "" when it is taken.
std::string refusal(const std::string& bytes) {
  return io_error([&] { read_safetensors(reader_of(bytes)); });
}

std::string entry(const std::string& name, const std::string& rest) {
  return "\"" + name + "\":{" + rest + "}";
}
const std::string kOne = entry("a", R"("dtype":"F32","shape":[1],"data_offsets":[0,4])");
const std::string kFour = "\1\2\3\4";

}  // namespace

TEST_CASE("safetensors: every dtype, rank and an empty tensor survive a round trip") {
  const TempFolder folder;
  std::map<std::string, Tensor> tensors;
  for (const DType dtype : kAllDTypes) {
    const std::string name(name_of(dtype));
    tensors[name + ".scalar"] = counting({}, dtype);
    tensors[name + ".vector"] = counting({3}, dtype);
    tensors[name + ".empty"] = counting({0, 3}, dtype);
    tensors[name + ".eight"] = counting({1, 2, 1, 1, 3, 1, 1, 1}, dtype);
  }
  tensors["strided"] = counting({3, 4}, DType::f32).transposed(0, 1);
  tensors["n\xC3\xA4me \"quoted\"\n"] = counting({2}, DType::u8);
  const std::map<std::string, std::string> metadata{{"seed", "0"},
                                                    {"text", "a\\b\"\t\xF0\x9F\x98\x80"}};
  write_safetensors(folder / "a.safetensors", tensors, metadata);
  const TensorFile back = read_safetensors(folder / "a.safetensors");
  CHECK(back.metadata == metadata);
  REQUIRE(back.tensors.size() == tensors.size());
  for (const auto& entry : tensors)
    CHECK_MESSAGE(same(back.tensors.at(entry.first), entry.second), entry.first);
  CHECK(std::is_sorted(back.order.begin(), back.order.end()));
}

TEST_CASE("safetensors: equal arguments give equal bytes, data aligned, header padded") {
  const TempFolder folder;
  const std::map<std::string, Tensor> tensors{{"b", counting({3}, DType::u8)},
                                              {"c", counting({2}, DType::f64)},
                                              {"a", counting({1}, DType::f32)}};
  const std::vector<std::string> order{"c", "a", "b"};
  write_safetensors(folder / "1", tensors, {{"k", "v"}}, order);
  write_safetensors(folder / "2", tensors, {{"k", "v"}}, order);
  CHECK(read_file(folder / "1", 1000) == read_file(folder / "2", 1000));
  const SafetensorsReader reader(folder / "1");
  CHECK(reader.names() == order);
  for (const std::string& name : order) {
    const TensorInfo& info = reader.info(name);
    CHECK(info.begin % size_of(*safetensors_dtype(info.dtype)) == 0);
  }
  std::uint64_t length = 0;
  InputFile(folder / "1").read_at(0, &length, 8);
  CHECK(length % 8 == 0);
}

TEST_CASE("safetensors: the writer refuses what the reader would refuse") {
  const TempFolder folder;
  const Tensor one = counting({1}, DType::f32);
  const std::string path = folder / "x";
  CHECK_THROWS_AS(write_safetensors(path, {{"__metadata__", one}}), UsageError);
  CHECK_THROWS_AS(write_safetensors(path, {{std::string(513, 'n'), one}}), UsageError);
  CHECK_THROWS_AS(write_safetensors(path, {{"\xFF", one}}), UsageError);
  CHECK_THROWS_AS(write_safetensors(path, {{"a", one}}, {{"k", "\xC0\x80"}}), UsageError);
  CHECK_THROWS_AS(write_safetensors(path, {{"a", Tensor()}}), UsageError);
  const std::vector<std::string> twice{"a", "a"}, missing{"b"};
  CHECK_THROWS_AS(write_safetensors(path, {{"a", one}}, {}, twice), UsageError);
  CHECK_THROWS_AS(write_safetensors(path, {{"a", one}}, {}, missing), UsageError);
  CHECK(folder.entries() == 0);
}

TEST_CASE("safetensors: golden file") {
  const TensorFile file = read_safetensors(golden("schedule.safetensors"));
  CHECK(file.order.front() == "T1000.betas");
  CHECK(file.tensors.at("T1000.betas").shape() == Shape{1000});
  CHECK(file.tensors.at("T1000.betas").data<double>()[0] == doctest::Approx(1e-4).epsilon(1e-12));
  CHECK(file.tensors.at("T4.timestep_map").dtype() == DType::i64);
  CHECK(file.metadata.contains("what"));
}

TEST_CASE("safetensors: legal and unusual") {
  const std::string legal[] = {
      file_of("{}"),
      file_of("{}   \n\t\r "),
      file_of(R"({"__metadata__":{}})"),
      file_of(R"({"__metadata__":null})"),
      file_of(R"({"e":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}})"),
      file_of(
          R"({"e":{"dtype":"F32","shape":[0,1152921504606846976],"data_offsets":[0,0]},"f":{"dtype":"U8","shape":[3,0],"data_offsets":[0,0]}})"),
      file_of("{ " + kOne + " }", kFour),
      file_of(R"({"s":{"data_offsets":[0,4],"shape":[],"dtype":"F32"}})", kFour),
      file_of(
          R"({"":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"extra":[1,-2.5e3,{"deep":[null,true,"x"]}]}})",
          kFour),
      file_of(
          R"({"b":{"dtype":"U8","shape":[2],"data_offsets":[2,4]},"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}})",
          kFour),
      file_of("{" + entry("a", R"("dtype":"F32","shape":[1],"data_offsets":[1,5])") + "," +
                  entry("b", R"("dtype":"U8","shape":[1],"data_offsets":[0,1])") + "}",
              "\xFF" + kFour),
  };
  for (const std::string& bytes : legal) CHECK_MESSAGE(refusal(bytes) == "", bytes.substr(8));
  CHECK(
      read_safetensors(
          reader_of(file_of(
              R"({"\u00e9\ud83d\ude00":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", kFour)))
          .tensors.contains("\xC3\xA9\xF0\x9F\x98\x80"));
}

TEST_CASE("safetensors: a bool byte other than 0 and 1 is read as 1") {
  const TensorFile file = read_safetensors(reader_of(file_of(
      R"({"m":{"dtype":"BOOL","shape":[4],"data_offsets":[0,4]}})", std::string("\0\1\2\xFF", 4))));
  CHECK(file.tensors.at("m").to_vector<bool>() == std::vector<bool>{false, true, true, true});
}

TEST_CASE("safetensors: known dtypes without a DType are listed, and refused when read") {
  const std::string bytes = file_of(
      R"({"q":{"dtype":"F8_E4M3","shape":[4],"data_offsets":[0,4]},"r":{"dtype":"F4","shape":[2],"data_offsets":[4,5]}})",
      kFour + "x");
  const SafetensorsReader reader = reader_of(bytes);
  CHECK(reader.info("q").shape == Shape{4});
  CHECK(contains(io_error([&] { reader.read("q"); }),
                 "hand.safetensors: tensor \"q\": the dtype must be one of"));
  CHECK(contains(io_error([&] { reader.read("q"); }), "got F8_E4M3"));
}

TEST_CASE("safetensors: hostile files are refused with file, tensor and reason") {
  const std::string deep(100'000, '['), long_name(513, 'n');
  const auto one = [](const std::string& rest) {
    return file_of("{" + entry("a", rest) + "}", kFour);
  };
  const struct {
    std::string label;
    std::string bytes, says;
  } files[] = {
      {"empty file", "", "at least 8 bytes, got 0"},
      {"seven bytes", "1234567", "at least 8 bytes, got 7"},
      {"header length past the end", le(std::uint64_t{3}) + "{}", "got 3"},
      {"header length huge", le(~std::uint64_t{0}) + "{}", "at most 100000000"},
      {"header length over the format's limit", le(std::uint64_t{100'000'001}) + "{}",
       "at most 100000000"},
      {"empty header", file_of(""), "must begin with '{' at byte 8, got no header"},
      {"leading space", file_of(" {}"), "must begin with '{'"},
      {"byte order mark", file_of("\xEF\xBB\xBF{}"), "must begin with '{'"},
      {"array", file_of("[]"), "must begin with '{'"},
      {"not closed", file_of("{"), "the end of the text"},
      {"garbage behind the object", file_of("{}x"),
       "only white space must follow the header's object at byte 10"},
      {"two objects", file_of("{}{}"), "only white space must follow"},
      {"zero padding", file_of(std::string("{}\0\0", 4)), "only white space must follow"},
      {"comma at the end", file_of("{" + kOne + ",}", kFour), "'\"' must come"},
      {"comment", file_of("{/**/}"), "must come"},
      {"single quotes", file_of("{'a':1}"), "'\"' must come"},
      {"invalid utf-8", file_of("{\"\xFF\":1}"), "must be UTF-8, got a wrong sequence at byte 10"},
      {"overlong utf-8", file_of("{\"\xC0\xAF\":1}"), "must be UTF-8"},
      {"utf-8 surrogate", file_of("{\"\xED\xA0\x80\":1}"), "must be UTF-8"},
      {"utf-8 above U+10FFFF", file_of("{\"\xF4\x90\x80\x80\":1}"), "must be UTF-8"},
      {"utf-8 cut", file_of("{\"\xE2\x82"), "must be UTF-8"},
      {"lone surrogate", file_of("{\"\\ud800\":1}"), "a low surrogate must follow"},
      {"low surrogate first", file_of("{\"\\udc00\":1}"), "a low surrogate must follow"},
      {"unknown escape", file_of("{\"\\x41\":1}"), "an escape must be one of"},
      {"short escape", file_of("{\"\\u12\":1}"), "four hex digits"},
      {"raw control character", file_of("{\"a\nb\":1}"), "no raw control character"},
      {"raw zero", file_of(std::string("{\"a\0\":1}", 8)), "no raw control character"},
      {"string not closed", file_of("{\"abc"), "a string must end"},
      {"entry is a number", file_of("{\"a\":1}"), "'{' must come"},
      {"entry is an array", file_of("{\"a\":[\"F32\",[1],[0,4]]}", kFour), "'{' must come"},
      {"entry is null", file_of("{\"a\":null}"), "'{' must come"},
      {"deep nesting", file_of("{\"a\":{\"x\":" + deep), "nest at most 127 deep"},
      {"deep nesting as entry", file_of("{\"a\":" + deep), "'{' must come"},
      {"metadata number", file_of(R"({"__metadata__":{"k":1}})"),
       "the metadata \"k\" must be text"},
      {"metadata object", file_of(R"({"__metadata__":{"k":{}}})"), "must be text"},
      {"metadata null value", file_of(R"({"__metadata__":{"k":null}})"), "must be text"},
      {"metadata is text", file_of(R"({"__metadata__":"k"})"), "'{' must come"},
      {"metadata twice", file_of(R"({"__metadata__":{},"__metadata__":{}})"), "once, got it twice"},
      {"metadata key twice", file_of(R"({"__metadata__":{"k":"","k":""}})"), "got \"k\" twice"},
      {"name twice", file_of("{" + kOne + "," + kOne + "}", kFour),
       "tensor \"a\": names must differ"},
      {"name twice, escaped",
       file_of("{" + kOne + R"(,"\u0061":{"dtype":"F32","shape":[0],"data_offsets":[4,4]}})",
               kFour),
       "tensor \"a\": names must differ"},
      {"name too long", file_of("{" + entry(long_name, "") + "}"), "at most 512 bytes, got 513"},
      {"dtype missing", one(R"("shape":[1],"data_offsets":[0,4])"),
       "tensor \"a\": must have the member dtype"},
      {"shape missing", one(R"("dtype":"F32","data_offsets":[0,4])"), "must have the member shape"},
      {"offsets missing", one(R"("dtype":"F32","shape":[1])"), "must have the member data_offsets"},
      {"dtype twice", one(R"("dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4])"),
       "dtype once, got it twice"},
      {"dtype unknown", one(R"("dtype":"F31","shape":[1],"data_offsets":[0,4])"),
       "must be one of the format's, got \"F31\""},
      {"dtype lower case", one(R"("dtype":"f32","shape":[1],"data_offsets":[0,4])"), "got \"f32\""},
      {"dtype a number", one(R"("dtype":3,"shape":[1],"data_offsets":[0,4])"), "'\"' must come"},
      {"shape a number", one(R"("dtype":"F32","shape":1,"data_offsets":[0,4])"), "'[' must come"},
      {"shape negative", one(R"("dtype":"F32","shape":[-1],"data_offsets":[0,4])"),
       "non-negative integer"},
      {"shape minus zero", one(R"("dtype":"F32","shape":[-0],"data_offsets":[0,4])"),
       "non-negative integer"},
      {"shape fraction", one(R"("dtype":"F32","shape":[1.0],"data_offsets":[0,4])"),
       "non-negative integer"},
      {"shape exponent", one(R"("dtype":"F32","shape":[1e0],"data_offsets":[0,4])"),
       "non-negative integer"},
      {"shape leading zero", one(R"("dtype":"F32","shape":[01],"data_offsets":[0,4])"),
       "non-negative integer"},
      {"shape text", one(R"("dtype":"F32","shape":["1"],"data_offsets":[0,4])"),
       "non-negative integer"},
      {"shape 2^64", one(R"("dtype":"F32","shape":[18446744073709551616],"data_offsets":[0,4])"),
       "below 2^64"},
      {"shape 2^64 - 1",
       one(R"("dtype":"F32","shape":[18446744073709551615],"data_offsets":[0,4])"), "at most 2^60"},
      {"shape product wraps to 4 bytes",
       one(R"("dtype":"F32","shape":[4294967296,4294967296,1],"data_offsets":[0,4])"),
       "product below 2^60"},
      {"shape product wraps in bits",
       one(R"("dtype":"F32","shape":[576460752303423489],"data_offsets":[0,4])"),
       "product below 2^60"},
      {"empty shape that overflows",
       one(R"("dtype":"F32","shape":[1152921504606846976,1152921504606846976,0],"data_offsets":[0,0])"),
       "product below 2^60"},
      {"rank 9", one(R"("dtype":"F32","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,4])"),
       "the rank must be at most 8"},
      {"shape not closed", one(R"("dtype":"F32","shape":[1,"data_offsets":[0,4])"),
       "non-negative integer"},
      {"one offset", one(R"("dtype":"F32","shape":[1],"data_offsets":[0])"), "two entries, got 1"},
      {"three offsets", one(R"("dtype":"F32","shape":[1],"data_offsets":[0,4,8])"),
       "two entries, got 3"},
      {"offset negative", one(R"("dtype":"F32","shape":[1],"data_offsets":[-4,0])"),
       "non-negative integer"},
      {"offsets reversed", one(R"("dtype":"F32","shape":[1],"data_offsets":[4,0])"),
       "tensor \"a\": data_offsets must begin at 0"},
      {"size too small", one(R"("dtype":"F64","shape":[1],"data_offsets":[0,4])"),
       "must span the 8 bytes of F64 [1], got [0, 4]"},
      {"size too large", one(R"("dtype":"U8","shape":[1],"data_offsets":[0,4])"),
       "must span the 1 bytes"},
      {"gap at the start", one(R"("dtype":"U8","shape":[3],"data_offsets":[1,4])"),
       "must begin at 0, where the tensor before ends, got [1, 4]"},
      {"gap",
       file_of(
           R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}})",
           kFour),
       "tensor \"b\": data_offsets must begin at 1"},
      {"overlap",
       file_of(
           R"({"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},"b":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}})",
           kFour),
       "tensor \"b\": data_offsets must begin at 3"},
      {"same bytes twice",
       file_of(
           R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}})",
           kFour),
       "data_offsets must begin at 4"},
      {"empty tensor inside another",
       file_of(
           R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[0],"data_offsets":[2,2]}})",
           kFour),
       "tensor \"b\""},
      {"truncated data", file_of("{" + kOne + "}", "\1\2\3"),
       "must fill the 3 bytes of data, got an end at 4"},
      {"trailing byte", file_of("{" + kOne + "}", kFour + "x"),
       "must fill the 5 bytes of data, got an end at 4"},
      {"data without tensors", file_of("{}", "x"),
       "must fill the 1 bytes of data, got an end at 0"},
      {"offsets past the file",
       one(R"("dtype":"U8","shape":[1000000000000],"data_offsets":[0,1000000000000])"),
       "must fill the 4 bytes"},
      {"half a byte", one(R"("dtype":"F4","shape":[3],"data_offsets":[0,1])"),
       "must fill whole bytes"},
  };
  for (const auto& file : files) {
    const std::string text = refusal(file.bytes);
    CHECK_MESSAGE(contains(text, "hand.safetensors: "), file.label);
    CHECK_MESSAGE(contains(text, file.says), file.label << ": " << text);
  }
}

TEST_CASE("safetensors: every beginning of a file is told from a file with a flipped bit") {
  const TempFolder folder;
  write_safetensors(folder / "v", {{"w {\"}", counting({2, 3}, DType::f32)}}, {{"k", "\\\""}});
  const std::string valid = read_file(folder / "v", 10'000);
  for (std::size_t left = 0; left < valid.size(); ++left) {
    CAPTURE(left);
    CHECK_THROWS_AS(reader_of(std::string_view(valid).substr(0, left)), CutShortError);
  }
  int refused = 0;
  for (std::size_t bit = 0; bit < 8 * valid.size(); ++bit) {
    CAPTURE(bit);
    std::string bad = valid;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << bit % 8));
    try {
      reader_of(bad);
    } catch (const CutShortError& e) {
      FAIL_CHECK(std::string(e.what()));
    } catch (const IoError&) {
      ++refused;
    }
  }
  CHECK(refused > 500);
}

TEST_CASE("safetensors: more than 100,000 tensors are refused") {
  std::string header = "{";
  for (int i = 0; i <= 100'000; ++i)
    header += (i ? "," : "") +
              entry(std::to_string(i), R"("dtype":"U8","shape":[0],"data_offsets":[0,0])");
  CHECK(contains(refusal(file_of(header + "}")), "at most 100000 tensors"));
}

TEST_CASE("safetensors: 20,000 mutations of a valid file are read or refused, nothing else") {
  const TempFolder folder;
  write_safetensors(folder / "v",
                    {{"weight", counting({2, 3}, DType::f32)},
                     {"steps", counting({2}, DType::i64)},
                     {"none", counting({0}, DType::u8)}},
                    {{"seed", "1"}});
  const std::string valid = read_file(folder / "v", 10'000);
  Words words{20'250'101};
  int taken = 0;
  for (int i = 0; i < 20'000; ++i) taken += refusal(mutated(valid, words)) == "";
  // Changes of data bytes and of names leave a file valid; most others do not.
  CHECK(taken > 100);
  CHECK(taken < 15'000);
}
