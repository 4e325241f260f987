#include "io/image.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <vector>

#include "tests/io/files.hpp"

using namespace dact;
using namespace dact::test;

namespace {

// ---- a PNG writer that can write anything, right or wrong: stored deflate blocks, no library

std::uint32_t crc32_of(std::string_view bytes) {
  std::uint32_t crc = ~0U;
  for (const char c : bytes) {
    crc ^= static_cast<unsigned char>(c);
    for (int k = 0; k < 8; ++k) crc = (crc >> 1) ^ (crc & 1 ? 0xEDB88320U : 0U);
  }
  return ~crc;
}
std::string be(std::uint32_t value) {
  std::string bytes = le(value);
  std::reverse(bytes.begin(), bytes.end());
  return bytes;
}
std::string chunk(const std::string& type, const std::string& data) {
  return be(static_cast<std::uint32_t>(data.size())) + type + data + be(crc32_of(type + data));
}
std::string zlib_stored(const std::string& data) {
  std::uint32_t a = 1, b = 0;
  for (const char c : data) {
    a = (a + static_cast<unsigned char>(c)) % 65521;
    b = (b + a) % 65521;
  }
  const auto size = static_cast<std::uint16_t>(data.size());
  return "\x78\x01\x01" + le(size) + le(static_cast<std::uint16_t>(~size)) + data + be(b << 16 | a);
}
const std::string kSignature = "\x89PNG\r\n\x1a\n";
std::string header(std::uint32_t width, std::uint32_t height, int bits, int colour,
                   int interlace = 0) {
  return chunk("IHDR", be(width) + be(height) +
                           std::string{static_cast<char>(bits), static_cast<char>(colour), 0, 0,
                                       static_cast<char>(interlace)});
}
/// rows: filter bytes included.
std::string png(std::uint32_t width, std::uint32_t height, int bits, int colour,
                const std::string& rows, const std::string& before = "") {
  return kSignature + header(width, height, bits, colour) + before +
         chunk("IDAT", zlib_stored(rows)) + chunk("IEND", "");
}

Tensor read(std::string_view bytes) { return read_image(InputFile::over("hand", bytes)); }
std::vector<int> pixels_of(const std::string& bytes) {
  const std::vector<std::uint8_t> values = read(bytes).to_vector<std::uint8_t>();
  return {values.begin(), values.end()};
}
std::string refusal(const std::string& bytes) {
  return io_error([&] { read(bytes); });
}
std::string row(std::initializer_list<int> values) {
  std::string out(1, '\0');  // filter 0
  for (const int v : values) out.push_back(static_cast<char>(v));
  return out;
}
bool skip_without(std::string_view format) {
  const bool missing = !has_image_format(format);
  if (missing) MESSAGE("skipped: built without " << std::string(format));
  return missing;
}
// EXIF with one entry, orientation, in either byte order.
std::string tiff(int orientation, bool big) {
  if (big)
    return std::string("MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0", 19) +
           static_cast<char>(orientation) + std::string(6, '\0');
  return std::string("II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0", 18) +
         static_cast<char>(orientation) + std::string(7, '\0');
}
std::string with_exif(std::string jpeg, const std::string& block) {
  const std::string data = std::string("Exif\0\0", 6) + block;
  const auto size = static_cast<std::uint16_t>(data.size() + 2);
  return jpeg.insert(
      2, "\xFF\xE1" + std::string{static_cast<char>(size >> 8), static_cast<char>(size & 0xFF)} +
             data);
}

}  // namespace

TEST_CASE("image: PNG and PPM keep pixels and text, and equal arguments give equal bytes") {
  const TempFolder folder;
  const Tensor image = counting({5, 7, 3}, DType::u8);
  const std::map<std::string, std::string> text{
      {"manifest", "{\"seed\": 0, \"name\": \"caf\xC3\xA9\\n\"}\nsecond line"},
      {std::string(kXmpKey), xmp_of(DigitalSource::trained_algorithmic_media)}};
  for (const std::string format : {"png", "ppm"}) {
    if (skip_without(format)) continue;
    const std::string path = folder / ("a." + format), again = folder / ("b." + format);
    write_image(path, image, text);
    write_image(again, image, text);
    CHECK(same(read_image(path), image));
    CHECK(read_file(path, 10'000) == read_file(again, 10'000));
    const ImageInfo info = image_info(path);
    CHECK(info.format == format);
    CHECK(info.width == 7);
    CHECK(info.height == 5);
    CHECK(info.bits == 8);
    CHECK(info.text == text);
    CHECK(contains(info.text.at(std::string(kXmpKey)),
                   "digitalsourcetype/trainedAlgorithmicMedia\""));
  }
  write_image(folder / "strided.ppm", image.transposed(0, 1));
  CHECK(same(read_image(folder / "strided.ppm"), image.transposed(0, 1)));
}

TEST_CASE("image: what cannot be written is refused and leaves nothing") {
  const TempFolder folder;
  const Tensor image = counting({2, 2, 3}, DType::u8);
  CHECK_THROWS_AS(write_image(folder / "a.ppm", counting({2, 2, 3}, DType::f32)), DtypeError);
  CHECK_THROWS_AS(write_image(folder / "a.ppm", counting({3, 2, 2}, DType::u8)), ShapeError);
  CHECK_THROWS_AS(write_image(folder / "a.ppm", counting({0, 2, 3}, DType::u8)), ShapeError);
  CHECK_THROWS_AS(write_image(folder / "a.ppm", counting({2, 3}, DType::u8)), ShapeError);
  CHECK_THROWS_AS(write_image(folder / "a.gif", image), UsageError);
  CHECK_THROWS_AS(write_image(folder / "a", image), UsageError);
  CHECK_THROWS_AS(write_image(folder / "a.ppm", image, {{"", "v"}}), UsageError);
  CHECK_THROWS_AS(write_image(folder / "a.ppm", image, {{"two words", "v"}}), UsageError);
  CHECK_THROWS_AS(write_image(folder / "a.ppm", image, {{"k", "\xFF"}}), UsageError);
  CHECK(folder.entries() == 0);
}

TEST_CASE("image: PNG of every kind becomes RGB") {
  if (skip_without("png")) return;
  const std::vector<int> expected{10, 20, 30, 40, 50, 60};
  CHECK(pixels_of(png(2, 1, 8, 2, row({10, 20, 30, 40, 50, 60}))) == expected);
  CHECK(pixels_of(png(2, 1, 8, 6, row({10, 20, 30, 0, 40, 50, 60, 255}))) ==
        expected);  // alpha dropped
  CHECK(pixels_of(png(2, 1, 8, 0, row({7, 200}))) == std::vector<int>{7, 7, 7, 200, 200, 200});
  CHECK(pixels_of(png(2, 1, 8, 4, row({7, 0, 200, 9}))) ==
        std::vector<int>{7, 7, 7, 200, 200, 200});
  CHECK(pixels_of(png(2, 1, 1, 0, row({0x40}))) == std::vector<int>{0, 0, 0, 255, 255, 255});
  CHECK(pixels_of(png(2, 1, 4, 0, row({0x3F}))) == std::vector<int>{51, 51, 51, 255, 255, 255});
  // 16 bits scale to nearest: 0x0080 is 0.498 of a step, 0x0081 is 0.502.
  CHECK(pixels_of(png(2, 1, 16, 0, row({0x00, 0x80, 0x00, 0x81}))) ==
        std::vector<int>{0, 0, 0, 1, 1, 1});
  CHECK(pixels_of(png(1, 1, 16, 2, row({0xFF, 0xFF, 0x80, 0x80, 0x00, 0x00}))) ==
        std::vector<int>{255, 128, 0});
  const std::string palette = chunk("PLTE", std::string("\x0A\x14\x1E\x28\x32\x3C", 6));
  CHECK(pixels_of(png(2, 1, 8, 3, row({0, 1}), palette)) == expected);
  CHECK(pixels_of(png(2, 1, 1, 3, row({0x40}), palette)) == expected);
  CHECK(pixels_of(png(2, 1, 8, 3, row({0, 1}), palette + chunk("tRNS", std::string("\0", 1)))) ==
        expected);
  // Adam7 of 2x1: pass 1 holds pixel 0, pass 6 pixel 1.
  const std::string interlaced = kSignature + header(2, 1, 8, 2, 1) +
                                 chunk("IDAT", zlib_stored(row({10, 20, 30}) + row({40, 50, 60}))) +
                                 chunk("IEND", "");
  CHECK(pixels_of(interlaced) == expected);
}

TEST_CASE("image: EXIF orientation turns the picture, in PNG and JPEG, both byte orders") {
  // The stored picture is 3 wide and 2 high: 1 2 3 / 4 5 6.
  const std::vector<std::vector<int>> expected{
      {1, 2, 3, 4, 5, 6}, {3, 2, 1, 6, 5, 4}, {6, 5, 4, 3, 2, 1}, {4, 5, 6, 1, 2, 3},
      {1, 4, 2, 5, 3, 6}, {4, 1, 5, 2, 6, 3}, {6, 3, 5, 2, 4, 1}, {3, 6, 2, 5, 1, 4}};
  if (has_image_format("png")) {
    for (int orientation = 1; orientation <= 8; ++orientation)
      for (const bool big : {false, true}) {
        const std::string bytes =
            png(3, 2, 8, 0, row({1, 2, 3}) + row({4, 5, 6}), chunk("eXIf", tiff(orientation, big)));
        const Tensor image = read(bytes);
        CHECK(image.shape() == (orientation < 5 ? Shape{2, 3, 3} : Shape{3, 2, 3}));
        std::vector<int> grey;
        const std::vector<std::uint8_t> values = image.to_vector<std::uint8_t>();
        for (std::size_t i = 0; i < values.size(); i += 3) grey.push_back(values[i]);
        CHECK_MESSAGE(grey == expected[static_cast<std::size_t>(orientation) - 1], orientation);
      }
    CHECK(read(png(3, 2, 8, 0, row({1, 2, 3}) + row({4, 5, 6}), chunk("eXIf", tiff(9, false))))
              .shape() == Shape{2, 3, 3});
  }
  if (!has_image_format("jpeg")) return;
  const std::string jpeg = read_file(golden("gradient_grey.jpg"), 10'000);
  CHECK(read(with_exif(jpeg, tiff(6, false))).shape() == Shape{16, 8, 3});
  CHECK(read(with_exif(jpeg, tiff(3, true))).shape() == Shape{8, 16, 3});
  CHECK(read(with_exif(jpeg, tiff(3, true))).data<std::uint8_t>()[0] > 230);
  for (const std::string& block :
       {std::string("II*\0\xFF\xFF\xFF\xFF", 8), std::string("II*\0\x08\0\0\0\xFF\xFF", 10),
        std::string("XX"), std::string()})
    CHECK(read(with_exif(jpeg, block)).shape() == Shape{8, 16, 3});
}

TEST_CASE("image: JPEG in colour, grey and progressive") {
  if (skip_without("jpeg")) return;
  for (const std::string name :
       {"gradient_colour.jpg", "gradient_progressive.jpg", "gradient_grey.jpg"}) {
    const Tensor image = read_image(golden(name));
    REQUIRE(image.shape() == Shape{8, 16, 3});
    const bool grey = name == "gradient_grey.jpg";
    int worst = 0;
    for (int y = 0; y < 8; ++y)
      for (int x = 0; x < 16; ++x) {
        const std::uint8_t* p = image.data<std::uint8_t>() + (y * 16 + x) * 3;
        const std::array<int, 3> want{16 * x, grey ? 16 * x : 32 * y, grey ? 16 * x : 128};
        for (int k = 0; k < 3; ++k)
          worst = std::max(worst, std::abs(p[k] - want[static_cast<std::size_t>(k)]));
      }
    CHECK_MESSAGE(worst <= 4, name << ": " << worst);
    CHECK(image_info(golden(name)).channels == (grey ? 1 : 3));
  }
  CHECK(contains(io_error([] { read_image(golden("gradient_cmyk.jpg")); }),
                 "got 4 components (CMYK"));
  CHECK(contains(io_error([] { read_image(golden("gradient_arithmetic.jpg")); }),
                 "got arithmetic coding"));
}

TEST_CASE("image: PPM and PGM, 8 and 16 bits") {
  CHECK(pixels_of("P6 2 1 255\n\x0A\x14\x1E\x28\x32\x3C") ==
        std::vector<int>{10, 20, 30, 40, 50, 60});
  CHECK(pixels_of("P6\n# a comment\n2\t1 # another\n255\n\x0A\x14\x1E\x28\x32\x3C") ==
        std::vector<int>{10, 20, 30, 40, 50, 60});
  CHECK(pixels_of("P5 2 1 15\n\x03\x0F") == std::vector<int>{51, 51, 51, 255, 255, 255});
  CHECK(pixels_of(std::string("P5 2 1 65535\n\x00\x80\x00\x81", 17)) ==
        std::vector<int>{0, 0, 0, 1, 1, 1});
  CHECK(pixels_of("P5 1 1 15\n\x7F") == std::vector<int>{255, 255, 255});
}

TEST_CASE("image: sizes are checked before anything is allocated") {
  const std::size_t before = memory_stats().peak;
  CHECK(contains(refusal("P6 16385 1 255\n"),
                 "sides of 1 to 16384 and at most 134217728 pixels, got 16385x1"));
  CHECK(contains(refusal("P6 16384 16384 255\n"), "got 16384x16384"));
  CHECK(contains(refusal("P6 0 1 255\n"), "got 0x1"));
  CHECK(contains(refusal("P6 16384 8192 255\nx"), "must take 402653184 bytes, got 1"));
  if (has_image_format("png")) {
    CHECK(refusal(png(16385, 1, 8, 2, "")) != "");
    CHECK(contains(refusal(png(16384, 16384, 8, 2, "")), "got 16384x16384"));
    CHECK(contains(refusal(png(16384, 8192, 8, 2, row({1, 2, 3}))), "must come from more bytes"));
  }
  if (has_image_format("jpeg")) {
    std::string jpeg = read_file(golden("gradient_colour.jpg"), 10'000);
    const std::size_t sof = jpeg.find("\xFF\xC0");
    REQUIRE(sof != std::string::npos);
    jpeg.replace(sof + 5, 4, std::string("\x20\x00\x40\x00", 4));
    CHECK(contains(refusal(jpeg), "16384x8192 pixels must come from more bytes"));
    jpeg.replace(sof + 5, 4, "\xFF\xFF\xFF\xFF");
    CHECK(refusal(jpeg) != "");
  }
  CHECK(memory_stats().peak == before);
}

TEST_CASE("image: hostile files are refused with the file's name") {
  struct File {
    std::string label, bytes, says;
  };
  std::vector<File> files{
      {"empty", "", "must be PNG, JPEG or binary PPM"},
      {"text", "hello", "must be PNG, JPEG or binary PPM"},
      {"gif", "GIF89a", "must be PNG, JPEG or binary PPM"},
      {"ppm as text", "P3 1 1 255 1 2 3", "must be binary (P5 or P6), got P3"},
      {"ppm header cut", "P6", "the width must be a number"},
      {"ppm without height", "P6 3", "the height must be a number"},
      {"ppm negative", "P6 -1 1 255\n", "the width must be a number"},
      {"ppm of 30 digits", "P6 999999999999999999999999999999 1 255\n",
       "the width must have at most 9 digits"},
      {"ppm largest 0", "P6 1 1 0\nabc", "must be 1 to 65535, got 0"},
      {"ppm largest 65536", "P6 1 1 65536\nabcabc", "must be 1 to 65535, got 65536"},
      {"ppm short", "P6 1 1 255\nab", "must take 3 bytes, got 2"},
      {"ppm long", "P6 1 1 255\nabcd", "must take 3 bytes, got 4"},
      {"ppm comment without end", "P6 # x", "the width must be a number"},
      {"ppm without pixels", "P6 1 1 255", "white space must follow"},
  };
  if (has_image_format("png")) {
    const std::string good = png(2, 1, 8, 2, row({10, 20, 30, 40, 50, 60}));
    std::string flipped = good;
    flipped[good.find("IDAT") + 12] ^= 1;
    std::string header_flipped = good;
    header_flipped[20] ^= 1;
    files.insert(
        files.end(),
        {{"png signature only", kSignature, "the file ends too early"},
         {"png cut in the pixels", good.substr(0, good.size() - 20), "must be whole and undamaged"},
         {"png without end", good.substr(0, good.size() - 12), "must be whole and undamaged"},
         {"png text of 2 GB",
          kSignature + header(2, 1, 8, 2) + std::string("\x7F\0\0\0iTXtabcd", 12),
          "near byte 33: a chunk of 2130706432 bytes where 0 are left"},
         {"png flipped pixel", flipped, "must be whole and undamaged"},
         {"png flipped header", header_flipped, "must be whole and undamaged"},
         {"png without pixels", kSignature + header(2, 1, 8, 2) + chunk("IEND", ""),
          "must be whole and undamaged"},
         {"png without palette", png(2, 1, 8, 3, row({0, 1})), "must be whole and undamaged"},
         {"png rows missing", png(2, 2, 8, 2, row({10, 20, 30, 40, 50, 60})),
          "must be whole and undamaged"},
         {"png of 3 bits", png(2, 1, 3, 2, row({0})), "must be whole and undamaged"},
         {"png of 0x0", png(0, 0, 8, 2, ""), "must be whole and undamaged"},
         {"png unknown filter", png(1, 1, 8, 2, "\x09\x01\x02\x03"), "must be whole and undamaged"},
         {"png two headers", kSignature + header(2, 1, 8, 2) + header(2, 1, 8, 2),
          "must be whole and undamaged"}});
  }
  if (has_image_format("jpeg")) {
    const std::string good = read_file(golden("gradient_colour.jpg"), 10'000);
    std::string flipped = good;
    flipped.replace(good.size() - 30, 8, "\xFF\x01\xFF\x01\xFF\x01\xFF\x01");
    files.insert(files.end(),
                 {{"jpeg start only", "\xFF\xD8\xFF", "must be whole and undamaged"},
                  {"jpeg start and end", "\xFF\xD8\xFF\xD9", "must be whole and undamaged"},
                  {"jpeg cut", good.substr(0, good.size() / 2), "must be whole and undamaged"},
                  {"jpeg cut in the pixels", good.substr(0, good.size() - 20),
                   "must be whole and undamaged"},
                  {"jpeg damaged pixels", flipped, "must be whole and undamaged"}});
  }
  for (const File& file : files) {
    const std::string said = refusal(file.bytes);
    CHECK_MESSAGE(contains(said, "hand: "), file.label);
    CHECK_MESSAGE(contains(said, file.says), file.label << ": " << said);
  }
}

TEST_CASE("image: mutations of valid files are read or refused, nothing else") {
  std::vector<std::string> valid{"P6\n# k: v\n2 1\n255\nabcdef"};
  if (has_image_format("png"))
    valid.push_back(png(3, 2, 8, 2,
                        row({1, 2, 3, 4, 5, 6, 7, 8, 9}) + row({1, 2, 3, 4, 5, 6, 7, 8, 9}),
                        chunk("eXIf", tiff(6, false))));
  if (has_image_format("jpeg")) {
    valid.push_back(with_exif(read_file(golden("gradient_colour.jpg"), 10'000), tiff(6, true)));
    valid.push_back(read_file(golden("gradient_progressive.jpg"), 10'000));
  }
  Words words{20'250'105};
  for (const std::string& bytes : valid) {
    int refused = 0;
    for (int i = 0; i < 5'000; ++i) refused += refusal(mutated(bytes, words)) != "";
    CHECK(refused > 1'000);
  }
}
