// SHA-256 against published vectors, and the digest of a tensor: the same for every layout of the
// same values.
#include "tensor/digest.hpp"

#include <doctest/doctest.h>

#include <bit>
#include <cstring>
#include <string>
#include <vector>

#include "tensor/error.hpp"
#include "tensor/isa.hpp"
#include "tensor/tensor.hpp"

using namespace dact;

namespace {

// The definition, spelled out: header, then bytes.
template <class T>
std::string expected(const std::string& header, const std::vector<T>& values) {
  return sha256(
      header + "\n" +
      std::string(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)));
}

}  // namespace

// FIPS 180-4 examples and the NIST test vectors
TEST_CASE("sha256: known answers") {
  CHECK(sha256("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(sha256(std::string(1'000'000, 'a')) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("sha256: plain code and the CPU's own instructions agree") {
  const Isa before = isa();
  std::string text;
  for (int i = 0; i < 300; ++i) text += static_cast<char>(i * 37);
  set_isa(Isa::portable);
  const std::string plain = sha256(text);
  set_isa(available_isas().back());
  CHECK(sha256(text) == plain);
  set_isa(before);
}

TEST_CASE("sha256: any way of feeding gives the same, at every length around a block") {
  std::string text;
  for (int n = 0; n < 200; ++n, text += static_cast<char>('a' + n % 26)) {
    const std::string want = sha256(text);
    for (const std::size_t piece : {1ul, 7ul, 63ul, 64ul, 65ul}) {
      Sha256 sha;
      for (std::size_t at = 0; at < text.size(); at += piece)
        sha.update(std::string_view(text).substr(at, piece));
      REQUIRE(sha.finish() == want);
    }
  }
}

TEST_CASE("digest_of: dtype, shape and row-major bytes") {
  const std::vector<float> values{1, -2, 0.5f, -0.0f, 3e-45f, 6};
  CHECK(digest_of(from_vector(values, {2, 3})) == expected("f32 [2, 3]", values));
  CHECK(digest_of(from_vector(values, {6})) == expected("f32 [6]", values));
  CHECK(digest_of(from_vector(std::vector<std::int64_t>{1, -1}, {2})) ==
        expected("i64 [2]", std::vector<std::int64_t>{1, -1}));
  CHECK(digest_of(from_vector(std::vector<float>{2}, {})) ==
        expected("f32 []", std::vector<float>{2}));
  CHECK(digest_of(empty({0, 3})) == sha256("f32 [0, 3]\n"));
}

TEST_CASE("digest_of: layouts of the same values agree") {
  std::vector<float> values(2 * 3 * 50 * 47);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i) * 0.25f;
  const Tensor x = from_vector(values, {2, 3, 50, 47});
  const std::string want = expected("f32 [2, 3, 50, 47]", values);
  CHECK(digest_of(x) == want);
  CHECK(digest_of(x.contiguous_channels_last()) == want);
  const int there[] = {3, 1, 0, 2}, back[] = {2, 1, 3, 0};
  const Tensor moved = x.permuted(there);
  CHECK(digest_of(moved) == digest_of(moved.contiguous()));
  CHECK(digest_of(moved) != want);
  CHECK(digest_of(moved.permuted(back)) == want);
  const Tensor part = x.sliced(3, 1, 40, 3).sliced(2, 5, 49);
  CHECK(digest_of(part) == digest_of(part.contiguous()));
  const Tensor wide = x.sliced(1, 0, 1).expanded({2, 4, 50, 47});
  CHECK(digest_of(wide) == digest_of(wide.contiguous()));
}

TEST_CASE(
    "digest_of: any NaN counts as the one NaN, also in the middle of long data; nothing else is "
    "changed") {
  std::vector<std::uint32_t> bits(5000, std::bit_cast<std::uint32_t>(1.5f));
  bits[17] = 0x7f800000, bits[18] = 0xff800000;  // infinities stay
  bits[4000] = 0x7fc00000;
  std::vector<float> values(bits.size());
  std::memcpy(values.data(), bits.data(), bits.size() * 4);
  const std::string want = expected("f32 [5000]", bits);
  CHECK(digest_of(from_vector(values, {5000})) == want);
  for (const std::uint32_t nan : {0x7f800001u, 0xffc00000u, 0x7fffffffu, 0xff812345u}) {
    Tensor x = from_vector(values, {5000});
    std::memcpy(static_cast<char*>(x.mutate_raw()) + 4000 * 4, &nan, 4);
    CHECK(digest_of(x) == want);
  }
  Tensor d = zeros({1}, DType::f64), h = zeros({1}, DType::f16), b = zeros({1}, DType::bf16);
  const std::uint64_t d_nan = 0xfff0000000000001;
  const std::uint16_t h_nan = 0xfc01, b_nan = 0xff81;
  std::memcpy(d.mutate_raw(), &d_nan, 8);
  std::memcpy(h.mutate_raw(), &h_nan, 2);
  std::memcpy(b.mutate_raw(), &b_nan, 2);
  CHECK(digest_of(d) == expected("f64 [1]", std::vector<std::uint64_t>{0x7ff8000000000000}));
  CHECK(digest_of(h) == expected("f16 [1]", std::vector<std::uint16_t>{0x7e00}));
  CHECK(digest_of(b) == expected("bf16 [1]", std::vector<std::uint16_t>{0x7fc0}));
  // The same bits as integers are values.
  CHECK(digest_of(from_vector(std::vector<std::int32_t>{-1}, {1})) ==
        expected("i32 [1]", std::vector<std::int32_t>{-1}));
}

TEST_CASE("digest_of: an undefined tensor is refused") {
  CHECK_THROWS_AS(digest_of(Tensor()), Error);
}
