// Clips for the suites of the way through: pictures by formula, landmarks to them, a folder that goes away.
#pragma once
#include <doctest/doctest.h>
#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "io/image.hpp"
#include "io/npy.hpp"
#include "reenact/pipeline/driving.hpp"

namespace dact::test {

class TestFolder {
 public:
  TestFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "dact-reenact-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~TestFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;
  std::string operator/(std::string_view name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

inline std::string picture_ending() { return has_image_format("png") ? ".png" : ".ppm"; }

/// 68 points of a face that turns and opens its mouth as `time` goes on, in the 224-pixel frame.
inline reenact::DrivingPoints face_points(int time) {
  constexpr double kPi = 3.14159265358979;
  const double shift = 6 * std::sin(0.7 * time), open = 4 + 3 * std::sin(0.9 * time);
  reenact::DrivingPoints p;
  const auto oval = [&](std::size_t first, std::size_t count, double x, double y, double w,
                        double h, double from, double to) {
    for (std::size_t i = 0; i < count; ++i) {
      const double a =
          (from + (to - from) * static_cast<double>(i) / static_cast<double>(count)) * kPi;
      p.landmarks[first + i] = {x + shift + w * std::cos(a), y + h * std::sin(a)};
    }
  };
  oval(0, 17, 112, 104, 70, 90, 1, 0 - 1.0 / 16);  // contour, over the top of the sine: below
  for (std::size_t i = 0; i < 17; ++i) p.landmarks[i].y = 208 - p.landmarks[i].y;
  oval(17, 5, 80, 84, 22, 8, 1, 2.25);
  oval(22, 5, 144, 84, 22, 8, 1, 2.25);
  for (std::size_t i = 0; i < 4; ++i)
    p.landmarks[27 + i] = {112 + 1.2 * shift, 96 + 12 * static_cast<double>(i)};
  oval(31, 5, 112, 140, 14, 4, 1, 0 - 0.25);
  oval(36, 6, 80, 100, 14, 6, 1, 3);
  oval(42, 6, 144, 100, 14, 6, 1, 3);
  oval(48, 12, 112, 166, 26, 6 + open, 1, 3);
  oval(60, 8, 112, 166, 18, open, 1, 3);
  p.gaze = face::gaze_points(p.landmarks, {.pitch = 0.1, .yaw = 0.2 * std::sin(0.5 * time)});
  return p;
}

/// A head of sorts, u8 [size, size, 3].
inline Tensor head_picture(std::int64_t size, int time) {
  Tensor picture = empty({size, size, 3}, DType::u8);
  std::uint8_t* out = picture.mutate<std::uint8_t>();
  const double s = static_cast<double>(size), shift = 0.03 * std::sin(0.7 * time);
  for (std::int64_t y = 0; y < size; ++y)
    for (std::int64_t x = 0; x < size; ++x, out += 3) {
      const double u = (static_cast<double>(x) + 0.5) / s - 0.5 - shift,
                   v = (static_cast<double>(y) + 0.5) / s - 0.5;
      const double inside = u * u / 0.10 + v * v / 0.16;
      out[0] = static_cast<std::uint8_t>(inside < 1 ? 220 - 60 * inside : 60 + 40 * v);
      out[1] = static_cast<std::uint8_t>(inside < 1 ? 170 - 60 * inside : 90 + 60 * v);
      out[2] = static_cast<std::uint8_t>(inside < 1 ? 140 - 50 * inside : 120 + 80 * u);
    }
  return picture;
}

struct TestClip {
  std::string source, source_landmarks, folder, landmarks;
};

/// A source and a driver of `frames` pictures of `size` pixels, with landmark files of 70 points.
inline TestClip write_clip(const TestFolder& folder, int frames, std::int64_t size,
                           bool frozen = false) {
  static int number = 0;
  const std::string name = "clip" + std::to_string(number++);
  TestClip clip{folder / (name + "-source" + picture_ending()), folder / (name + "-source.npy"),
                folder / name, folder / (name + ".npy")};
  std::filesystem::create_directory(clip.folder);
  const double scale = static_cast<double>(size) / reenact::kPointFrame;
  const auto row = [&](int time, std::vector<double>& out) {
    const reenact::DrivingPoints p = face_points(time);
    for (const face::Point2& q : p.landmarks) out.insert(out.end(), {q.x * scale, q.y * scale});
    for (const face::Point2& q : {p.gaze.left, p.gaze.right})
      out.insert(out.end(), {q.x * scale, q.y * scale});
  };
  std::vector<double> source, driver;
  row(3, source);
  write_image(clip.source, head_picture(size, 3));
  for (int i = 0; i < frames; ++i) {
    row(frozen ? 0 : i, driver);
    write_image(clip.folder + "/" + std::to_string(i) + picture_ending(),
                head_picture(size, frozen ? 0 : i));
  }
  write_npy(clip.source_landmarks, from_vector(source, {1, 70, 2}));
  write_npy(clip.landmarks, from_vector(driver, {frames, 70, 2}));
  return clip;
}

}  // namespace dact::test
