// What Pillow 12 gives: bytes of a small picture, and SHA-256 over the bytes of larger ones.
#include <doctest/doctest.h>

#include <vector>

#include "autograd/ops.hpp"
#include "tensor/digest.hpp"

using namespace dact;

namespace {

// Byte i is (7 i i + 13 i) mod 251.
Tensor picture(const Shape& shape) {
  std::vector<std::uint8_t> v(static_cast<std::size_t>(numel_of(shape)));
  for (std::size_t i = 0; i < v.size(); ++i)
    v[i] = static_cast<std::uint8_t>((i * i * 7 + i * 13) % 251);
  return from_vector(v, shape);
}

struct Small {
  const char* filter;
  std::vector<std::uint8_t> down, up;  // to [3, 4], and row 0 of [3, 9]
};
struct Large {
  const char* filter;
  std::int64_t height, width, new_height, new_width;
  const char* sha256;
};

}  // namespace

TEST_SUITE("resize_u8") {
  TEST_CASE("a small picture, byte for byte") {
    const Tensor x = picture({5, 6, 1});
    const Small expected[] = {
        {"box",
         {71, 52, 132, 239, 129, 48, 128, 236, 129, 49, 130, 239},
         {40, 102, 102, 52, 142, 142, 121, 239, 239}},
        {"bilinear",
         {55, 74, 123, 197, 137, 67, 107, 218, 134, 80, 125, 192},
         {34, 62, 84, 58, 94, 134, 129, 183, 239}},
        {"bicubic",
         {51, 73, 124, 200, 147, 58, 103, 227, 138, 72, 123, 196},
         {24, 61, 91, 53, 93, 140, 121, 185, 246}},
        {"lanczos",
         {50, 80, 119, 200, 156, 51, 101, 230, 138, 70, 119, 198},
         {14, 63, 97, 54, 94, 142, 116, 183, 250}},
    };
    for (const Small& e : expected) {
      CAPTURE(e.filter);
      CHECK(resize_u8(x, {3, 4}, resize_filter(e.filter)).to_vector<std::uint8_t>() == e.down);
      CHECK(
          resize_u8(x, {3, 9}, resize_filter(e.filter)).sliced(0, 0, 1).to_vector<std::uint8_t>() ==
          e.up);
    }
  }

  TEST_CASE("larger pictures, by digest") {
    const Large expected[] = {
        {"box", 97, 131, 64, 64,
         "86668e80c7903a6de9fcc94e6b7b3e087424b22faae4930b67aca1daec408fdb"},
        {"bilinear", 97, 131, 64, 64,
         "4a5ac061d1dc2ed3a3d1db5c1c9efba8415ee58f98cae85bb940a8f997a07363"},
        {"bicubic", 97, 131, 64, 64,
         "aa54cfdda994d4aa8b5f8f82604259177cc527e5162b9003a0f11869b2a37e22"},
        {"lanczos", 97, 131, 64, 64,
         "4c78f5c9dcc1ecc51b050237798b14c0f8a026b43b405fcc16e807cf22df2304"},
        {"box", 64, 48, 224, 199,
         "a757947a036380e9a65de6fe661316f478ae5ac767c3b68e98152e60f7169a22"},
        {"bilinear", 64, 48, 224, 199,
         "9d08a7c562cb4e653ab439ab813a4fb2763744b4c52f8a1aec39b79bacc1a75a"},
        {"bicubic", 64, 48, 224, 199,
         "25bde412848335a54e1b1f8e7cb5562eb2a8ab86cac70e1353b94c0a3a2239f2"},
        {"lanczos", 64, 48, 224, 199,
         "5a40926d7c2196ba62c1be48c904ac8e31f7e2597b82e5fe4be2883181cccb74"},
        {"box", 300, 41, 17, 160,
         "1f9c6b0845a47b735f91532e8bf921ab8ada1d7ac0a85e9da3691f47b870347a"},
        {"bilinear", 300, 41, 17, 160,
         "6909ee8bfa1d01471c199081f0c308ed9924155f1805a519e53f7bade73f84f0"},
        {"bicubic", 300, 41, 17, 160,
         "3f19520799314122deb85398e3ed19dfe99cc01f3e004f23429c77643ec49d5c"},
        {"lanczos", 300, 41, 17, 160,
         "9a1992c511124a0368314cf6cc8fe99b3477fde63e119c7e412489f1fed4bf75"},
        {"box", 178, 218, 256, 256,
         "d088232a8c94f867ddda77defab137cf0b8ee4bc64387e80ab876297a10d416f"},
        {"bilinear", 178, 218, 256, 256,
         "a99741f408953e850b5e79dccec1259005f3449234cd76e6e4a2666319ab7917"},
        {"bicubic", 178, 218, 256, 256,
         "b7c384932501f2347fb623049b2c17df909de68afa719ce16e04f94fe18c0eb6"},
        {"lanczos", 178, 218, 256, 256,
         "b4e5f885de5d7428a310c44b754d14c9ac3f7270e44fadbe72cda5113798ef2e"},
        {"box", 512, 384, 112, 112,
         "9d1e357f52635041df58c98f270ee3a8a5a67914246d2478d82b273f3a981df1"},
        {"bilinear", 512, 384, 112, 112,
         "72607d6bc528bdabe685a0a237d1fac57936b20a96b99e21fca0cd0457ab85b1"},
        {"bicubic", 512, 384, 112, 112,
         "2fd74f59d51a27f639b0806b70a3a354bd4f3dfc49f1fb91d5ac80b4c4c53dbc"},
        {"lanczos", 512, 384, 112, 112,
         "91e68d2e9c59e0d08119c9c913fabb198b038405cf0715b4f299af9e434f1ad1"},
    };
    for (const Large& e : expected) {
      CAPTURE(e.filter);
      CAPTURE(e.height);
      const Tensor y = resize_u8(picture({e.height, e.width, 3}), {e.new_height, e.new_width},
                                 resize_filter(e.filter));
      const std::vector<std::uint8_t> bytes = y.to_vector<std::uint8_t>();
      Sha256 sha;
      sha.update(bytes.data(), bytes.size());
      CHECK(sha.finish() == e.sha256);
    }
  }

  TEST_CASE("a batch is its pictures one by one") {
    const Tensor x = picture({3, 11, 7, 3});
    const Tensor y = resize_u8(x, {5, 9}, ResizeFilter::lanczos);
    for (std::int64_t b = 0; b < 3; ++b) {
      const Tensor one =
          resize_u8(x.sliced(0, b, b + 1).squeezed(0), {5, 9}, ResizeFilter::lanczos);
      CHECK(one.to_vector<std::uint8_t>() == y.sliced(0, b, b + 1).to_vector<std::uint8_t>());
    }
  }
}
