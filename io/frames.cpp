#include "io/frames.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>
#include <utility>
#include <vector>

#include "io/image.hpp"
#include "io/video.hpp"
#include "tensor/error.hpp"

namespace dact {
namespace {

namespace fs = std::filesystem;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string lower(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return text;
}

std::string ending_of(const std::string& path) {
  return lower(fs::path(path).extension().string());
}

// The first bytes of the formats that read_image() takes.
bool is_picture(const std::string& path) {
  const InputFile file(path);
  std::array<unsigned char, 3> head{};
  file.read_at(0, head.data(), std::min<std::size_t>(head.size(), file.size()));
  const auto begins = [&](unsigned a, unsigned b, unsigned c) {
    return head[0] == a && head[1] == b && head[2] == c;
  };
  const bool pnm = head[0] == 'P' && head[1] >= '1' && head[1] <= '6';
  return begins(0x89, 'P', 'N') || begins(0xFF, 0xD8, 0xFF) || pnm;
}

// Pictures in a fixed order, read when their turn comes.
class PictureReader final : public FrameReader {
 public:
  explicit PictureReader(std::vector<std::string> files) : files_(std::move(files)) {}
  Tensor next() override {
    if (at_ == files_.size()) return {};
    return read_image(files_[at_++]);
  }
  std::int64_t expected() const override { return static_cast<std::int64_t>(files_.size()); }

 private:
  std::vector<std::string> files_;
  std::size_t at_ = 0;
};

std::vector<std::string> pictures_in(const std::string& folder) {
  constexpr std::string_view kEndings[] = {".png", ".jpg", ".jpeg", ".ppm", ".pgm"};
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    const bool ours = std::any_of(std::begin(kEndings), std::end(kEndings),
                                  [&](std::string_view e) { return ending_of(name) == e; });
    if (ours && !name.starts_with('.')) names.push_back(name);
  }
  if (error) throw IoError(folder, "must be a readable folder, got: " + error.message());
  if (names.empty())
    throw IoError(folder, fmt::format("must hold pictures ({}), got none",
                                      fmt::join(std::begin(kEndings), std::end(kEndings), " ")));
  std::sort(names.begin(), names.end(), natural_less);
  for (std::string& name : names) name = (fs::path(folder) / name).string();
  return names;
}

void require_frame(const Tensor& picture, const Shape& first) {
  require_dtype("write_frame", "picture", picture, DType::u8);
  if (picture.rank() != 3 || picture.size(2) != 3 || picture.numel() == 0)
    throw ShapeError("write_frame",
                     "picture must be u8 [H, W, 3] with pixels, got " + picture.str());
  if (first.rank() > 0 && !(picture.shape() == first))
    throw ShapeError("write_frame", fmt::format("all pictures must be {}, got {}", first.str(),
                                                picture.shape().str()));
}

// Every picture is whole on the disk before the next one is taken.
class FolderWriter final : public FrameWriter {
 public:
  FolderWriter(std::string folder, const FrameWriteOptions& options)
      : folder_(std::move(folder)), text_(options.text) {
    std::error_code error;
    fs::create_directories(folder_, error);
    if (error || !fs::is_directory(folder_))
      throw IoError(folder_, "must be a folder or be made one, got: " +
                                 (error ? error.message() : std::string("another kind of file")));
    require_empty_folder(folder_);
  }
  void write(const Tensor& picture) override {
    require_frame(picture, first_);
    const std::string name =
        fmt::format("{:06}.{}", written_, has_image_format("png") ? "png" : "ppm");
    write_image((fs::path(folder_) / name).string(), picture, text_);
    first_ = picture.shape();
    ++written_;
  }
  void finish(const std::map<std::string, std::string>&) override {}
  std::int64_t written() const override { return written_; }

 private:
  std::string folder_;
  std::map<std::string, std::string> text_;
  Shape first_;
  std::int64_t written_ = 0;
};

class OnePictureWriter final : public FrameWriter {
 public:
  OnePictureWriter(std::string path, const FrameWriteOptions& options)
      : path_(std::move(path)), text_(options.text) {}
  void write(const Tensor& picture) override {
    require_frame(picture, {});
    if (written_ > 0)
      throw UsageError(path_, "a picture holds one frame, got a second one; name a folder or .mp4");
    write_image(path_, picture, text_);
    ++written_;
  }
  void finish(const std::map<std::string, std::string>&) override {}
  std::int64_t written() const override { return written_; }

 private:
  std::string path_;
  std::map<std::string, std::string> text_;
  std::int64_t written_ = 0;
};

}  // namespace

std::string FrameRate::str() const {
  return den == 1 ? fmt::format("{}", num) : fmt::format("{}/{}", num, den);
}

bool natural_less(const std::string& a, const std::string& b) {
  std::size_t i = 0, j = 0;
  while (i < a.size() && j < b.size()) {
    if (!is_digit(a[i]) || !is_digit(b[j])) {
      if (a[i] != b[j]) return a[i] < b[j];
      ++i, ++j;
      continue;
    }
    const auto number = [](const std::string& s, std::size_t& at) {
      while (at < s.size() && s[at] == '0') ++at;
      const std::size_t start = at;
      while (at < s.size() && is_digit(s[at])) ++at;
      return std::string_view(s).substr(start, at - start);
    };
    const std::string_view x = number(a, i), y = number(b, j);
    if (x.size() != y.size()) return x.size() < y.size();
    if (x != y) return x < y;
  }
  if (i < a.size() || j < b.size()) return j < b.size();
  return a < b;
}

void require_empty_folder(const std::string& path) {
  std::error_code error;
  if (!fs::exists(path, error)) return;
  for (fs::directory_iterator it(path, error), end; !error && it != end; it.increment(error))
    if (it->path().filename().string() != ".lock")
      throw UsageError(path, "an output folder must be empty, got \"" +
                                 it->path().filename().string() + "\" in it");
  if (error) throw IoError(path, "must be a readable folder, got: " + error.message());
}

bool is_video_name(const std::string& path) { return ending_of(path) == ".mp4"; }
bool is_picture_name(const std::string& path) {
  return ending_of(path) == ".png" || ending_of(path) == ".ppm";
}

std::unique_ptr<FrameReader> open_frames(const std::string& path, const FrameReadOptions& options) {
  std::error_code error;
  if (fs::is_directory(path, error)) return std::make_unique<PictureReader>(pictures_in(path));
  if (is_picture(path)) return std::make_unique<PictureReader>(std::vector{path});
  return open_video(path, options.stop);
}

std::unique_ptr<FrameWriter> create_frames(const std::string& path,
                                           const FrameWriteOptions& options) {
  if (is_video_name(path)) return create_video(path, options);
  if (is_picture_name(path)) return std::make_unique<OnePictureWriter>(path, options);
  return std::make_unique<FolderWriter>(path, options);
}

}  // namespace dact
