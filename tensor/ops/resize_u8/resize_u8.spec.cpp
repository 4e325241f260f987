#include "tensor/ops/image/images.hpp"
#include "tensor/ops/resize_u8/resize_u8.room.hpp"

namespace dact::resize_u8_room {

std::vector<Sample> samples() {
  std::vector<Sample> list;
  const auto add = [&](std::string label, Shape shape, Pair size, std::string filter) {
    const Attrs attrs{attr_of("size", size), {"filter", filter}};
    const InputSpec picture = InputSpec::integers(shape, 0, 256, DType::u8);
    // axis 0 of a single picture is its height
    list.push_back({label + shape.str() + " " + attrs.str(),
                    {shape.rank() == 4 ? picture : picture.shared()},
                    attrs});
  };
  add("", {4, 5, 3}, {8, 10}, "bilinear");
  add("", {7, 5, 3}, {3, 2}, "box");
  add("", {2, 6, 4, 1}, {3, 5}, "bicubic");
  add("", {2, 5, 7, 4}, {4, 9}, "lanczos");
  add("", {1, 1, 1}, {1, 1}, "lanczos");
  add("", {1, 1, 3}, {4, 3}, "bicubic");
  add("", {0, 4, 4, 3}, {2, 2}, "box");
  add("", {3, 4, 0}, {2, 2}, "bilinear");
  add("", {3, 5, 2}, {3, 4}, "bilinear");
  add("", {5, 3, 5}, {4, 3}, "lanczos");
  add("", {13, 11, 2}, {1, 1}, "box");
  add("large ", {2, 61, 97, 3}, {32, 40}, "lanczos");
  add("large ", {83, 70, 3}, {128, 128}, "bicubic");
  add("large ", {1, 40, 31, 19}, {17, 43}, "bilinear");
  return list;
}

std::vector<BadSample> bad_samples() {
  using S = InputSpec;
  const std::string name = "resize_u8";
  const S picture = S::integers({4, 5, 3}, 0, 256, DType::u8);
  const auto attrs = [](Pair size, const char* filter) {
    return Attrs{attr_of("size", size), {"filter", filter}};
  };
  return {
      {"f32 x",
       {S::uniform({4, 5, 3})},
       attrs(2, "box"),
       ErrorKind::dtype,
       {name, "u8", "f32[4, 5, 3]"}},
      {"rank 2",
       {S::integers({4, 5}, 0, 256, DType::u8)},
       attrs(2, "box"),
       ErrorKind::shape,
       {name, "u8[4, 5]"}},
      {"empty picture",
       {S::integers({0, 5, 3}, 0, 9, DType::u8)},
       attrs(2, "box"),
       ErrorKind::shape,
       {name, "[0, 5, 3]"}},
      {"no x", {S::absent()}, attrs(2, "box"), ErrorKind::usage, {name, "none"}},
      {"size 0", {picture}, attrs({0, 2}, "box"), ErrorKind::shape, {name, "[0, 2]", "[4, 5, 3]"}},
      {"unknown filter", {picture}, attrs(2, "hamming"), ErrorKind::usage, {name, "hamming"}},
  };
}

}  // namespace dact::resize_u8_room
