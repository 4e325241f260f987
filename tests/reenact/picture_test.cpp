// Pictures to tensors and back, and the square that a network is shown.
#include "reenact/picture.hpp"

#include <array>

#include "reenact/face/driving_picture.hpp"
#include "reenact/train/batch.hpp"
#include "tensor/error.hpp"
#include "tests/support/golden.hpp"

using namespace dact;
using namespace dact::reenact;

namespace {

// Pixel (y, x) is (y, x, 7): where a crop came from can be read off.
Tensor coordinates(std::int64_t h, std::int64_t w) {
  Tensor t = empty({h, w, 3}, DType::u8);
  auto* p = t.mutate<std::uint8_t>();
  for (std::int64_t y = 0; y < h; ++y)
    for (std::int64_t x = 0; x < w; ++x, p += 3) {
      p[0] = static_cast<std::uint8_t>(y);
      p[1] = static_cast<std::uint8_t>(x);
      p[2] = 7;
    }
  return t;
}

std::uint8_t at(const Tensor& t, std::int64_t y, std::int64_t x, std::int64_t c) {
  return t.data<std::uint8_t>()[(y * t.size(1) + x) * 3 + c];
}

}  // namespace

TEST_CASE("every byte survives the way into [-1, 1] and back") {
  Tensor bytes = empty({2, 128, 3}, DType::u8);
  auto* p = bytes.mutate<std::uint8_t>();
  for (int i = 0; i < 768; ++i) p[i] = static_cast<std::uint8_t>(i);
  const Tensor x = picture_to_tensor(bytes);
  CHECK(x.shape() == Shape{1, 3, 2, 128});
  CHECK(x.data<float>()[0] == -1.0f);
  CHECK(x.data<float>()[2 * 256 + 127 + 42] ==
        (static_cast<float>(at(bytes, 1, 41, 2)) / 255.0f - 0.5f) / 0.5f);
  CHECK(tensor_to_picture(x).to_vector<std::uint8_t>() == bytes.to_vector<std::uint8_t>());
}

TEST_CASE("training and inference give a byte the same float, all 256 of them") {
  Tensor bytes = empty({1, 256, 3}, DType::u8);
  for (int i = 0; i < 768; ++i) bytes.mutate<std::uint8_t>()[i] = static_cast<std::uint8_t>(i / 3);
  const Tensor used = picture_to_tensor(bytes);
  const Tensor trained = train::image_of_bytes(bytes.permuted(std::array{2, 0, 1}));
  CHECK(used.to_vector<float>() == trained.to_vector<float>());
  Tensor square = empty({1, 256, 256, 3}, DType::u8);
  for (int i = 0; i < 256 * 256 * 3; ++i)
    square.mutate<std::uint8_t>()[i] = static_cast<std::uint8_t>(i / 3);
  const Tensor driving = face::driving_tensor(square, 256).contiguous();
  for (int v = 0; v < 256; ++v) {
    CAPTURE(v);
    const float want = (static_cast<float>(v) / 255.0f - 0.5f) / 0.5f;
    CHECK(used.data<float>()[v] == want);
    CHECK(driving.data<float>()[v] == want);
  }
}

TEST_CASE("numbers beyond [-1, 1] are held, NaN is refused with its place") {
  const Tensor x = from_vector(std::vector<float>{-9, 9, 0.0039f}, {1, 3, 1, 1});
  CHECK(tensor_to_picture(x).to_vector<std::uint8_t>() == std::vector<std::uint8_t>{0, 255, 128});
  Tensor bad = zeros({1, 3, 2, 2});
  bad.mutate<float>()[5] = NAN;
  CHECK_THROWS_WITH_AS(tensor_to_picture(bad), doctest::Contains("element 5"), NumericError);
  CHECK_THROWS_AS(tensor_to_picture(zeros({2, 3, 2, 2})), ShapeError);
  CHECK_THROWS_AS(picture_to_tensor(zeros({2, 2, 3})), DtypeError);
}

TEST_CASE("the square is the middle of the picture, half a pixel going to the even side") {
  const Tensor same = coordinates(16, 16);
  CHECK(picture_to_square(same, 16).raw_data() == same.raw_data());
  for (const auto& [width, left] : {std::pair{17, 0}, {18, 1}, {19, 2}, {21, 2}, {23, 4}}) {
    CAPTURE(width);
    const Tensor wide = picture_to_square(coordinates(16, width), 16);
    CHECK(wide.shape() == Shape{16, 16, 3});
    CHECK(at(wide, 3, 0, 1) == left);
    CHECK(at(wide, 3, 0, 0) == 3);
    const Tensor tall = picture_to_square(coordinates(width, 16), 16);
    CHECK(at(tall, 0, 5, 0) == left);
    CHECK(at(tall, 0, 5, 1) == 5);
  }
}

TEST_CASE("one pixel becomes a plain square, a strip is refused") {
  const Tensor one = picture_to_square(coordinates(1, 1), 8);
  CHECK(one.shape() == Shape{8, 8, 3});
  CHECK(at(one, 7, 7, 2) == 7);
  CHECK(picture_to_square(coordinates(2, 32), 8).shape() == Shape{8, 8, 3});
  CHECK_THROWS_WITH_AS(picture_to_square(coordinates(1, 17), 8), doctest::Contains("17x1"),
                       ShapeError);
  CHECK_THROWS_AS(picture_to_square(coordinates(0, 4), 8), ShapeError);
}
