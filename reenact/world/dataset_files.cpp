#include "reenact/world/dataset_files.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "io/file.hpp"
#include "io/image.hpp"
#include "io/image_codecs.hpp"
#include "io/json.hpp"
#include "io/safetensors.hpp"
#include "tensor/error.hpp"

namespace dact::world {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kCovers = 64;  // pictures on the contact sheet
constexpr std::int64_t kSheetColumns = 8;

[[noreturn]] void fail(const std::string& path, const std::string& must) {
  throw IoError("synth", path + " " + must);
}

/// Not flushed to the disk one by one: the folder appears as a whole, at the end.
void write_plain(const std::string& path, std::string_view bytes) {
  std::FILE* file = std::fopen(path.c_str(), "wb");
  const bool opened = file != nullptr;
  const bool written = opened && std::fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size();
  const bool closed = opened && std::fclose(file) == 0;
  if (written && closed) return;
  const int error = errno;
  const std::string must = fmt::format("must take {} bytes, got: {}", bytes.size(),
                                       std::generic_category().message(error));
  if (error == ENOSPC || error == EDQUOT) throw ResourceError("synth", path + " " + must);
  fail(path, must);
}

std::string picture_bytes(const std::string& path, const Tensor& picture,
                          const std::map<std::string, std::string>& text) {
  return has_image_format("png") ? codecs::png_bytes(path, picture, text)
                                 : codecs::ppm_bytes(path, picture, text);
}

template <std::size_t N>
std::string list(const std::array<float, N>& values) {
  return fmt::format("[{}]", fmt::join(values, ","));
}

template <std::size_t N>
std::string points(const std::array<std::array<float, 2>, N>& values) {
  std::string s = "[";
  for (const std::array<float, 2>& p : values)
    s += fmt::format("{}[{},{}]", s.size() > 1 ? "," : "", p[0], p[1]);
  return s + "]";
}

std::string text_object(const std::map<std::string, std::string>& text) {
  std::string s = "{";
  for (const auto& [key, value] : text)
    if (key != kXmpKey)  // a packet of XML, for pictures
      s += (s.size() > 1 ? ", " : "") + json_quoted(key) + ": " + json_quoted(value);
  return s + "}";
}

std::string manifest_text(const DatasetPlan& plan, const DatasetResult& result,
                          const std::map<std::string, std::string>& text) {
  return fmt::format(
      "{{\n  \"format\": \"diffusionact clips\",\n  \"version\": 1,\n  \"population\": {},\n"
      "  \"identities\": {},\n  \"clips\": {},\n  \"frames\": {},\n  \"every\": {},\n"
      "  \"frames_per_second\": {},\n  \"size\": {},\n  \"pictures\": {},\n  \"digest\": \"{}\",\n"
      "  \"made_by\": {}\n}}\n",
      plan.population, plan.identities, plan.clips, plan.frames, plan.every, kFramesPerSecond,
      plan.size, result.frames, result.digest, text_object(text));
}

}  // namespace

std::string_view picture_ending() { return has_image_format("png") ? "png" : "ppm"; }

std::string annotation_line(std::int64_t frame, std::int64_t person, const Clip& clip,
                            const Truth& truth) {
  const head::HeadModel& model = clip.person()->model();
  const head::Pose& pose = truth.pose;
  const head::Camera& camera = clip.scene().camera;
  return fmt::format(
      "{{\"frame\":{},\"person\":{},\"person_seed\":{},\"clip_seed\":{},\"angles\":[{},{},{}],"
      "\"jaw\":{},\"eyes\":[{},{}],\"gaze\":[{},{}],\"camera\":[{},{},{}],\"landmarks\":{},"
      "\"irises\":{},\"identity\":{},\"identity_code\":{},\"expression\":{},"
      "\"expression_code\":{}}}\n",
      frame, person, clip.person_seed(), clip.clip_seed(), pose.yaw, pose.pitch, pose.roll,
      pose.jaw, pose.gaze_x, pose.gaze_y, truth.gaze_pitch, truth.gaze_yaw, camera.scale, camera.tx,
      camera.ty, points(truth.landmarks), points(truth.irises), list(clip.person()->identity()),
      list(head::orthonormal_codes(model, clip.person()->identity())), list(pose.expression),
      list(head::orthonormal_expression(model, pose.expression)));
}

Tensor contact_sheet(const std::vector<Tensor>& pictures, std::int64_t columns) {
  if (pictures.empty()) throw UsageError("contact_sheet", "there must be pictures, got none");
  const std::int64_t n = static_cast<std::int64_t>(pictures.size()), gap = 2;
  columns = std::min(columns, n);
  const std::int64_t side = pictures[0].size(0), rows = (n + columns - 1) / columns;
  const std::int64_t wide = columns * (side + gap) - gap, high = rows * (side + gap) - gap;
  Tensor sheet = full({high, wide, 3}, 255, DType::u8);
  auto* out = sheet.mutate<std::uint8_t>();
  for (std::int64_t i = 0; i < n; ++i) {
    const Tensor picture = pictures[static_cast<std::size_t>(i)].contiguous();
    require_shape("contact_sheet", "picture", picture, {side, side, 3});
    const auto* from = picture.data<std::uint8_t>();
    const std::int64_t top = i / columns * (side + gap), left = i % columns * (side + gap);
    for (std::int64_t y = 0; y < side; ++y)
      std::copy_n(from + y * side * 3, side * 3, out + ((top + y) * wide + left) * 3);
  }
  return sheet;
}

DatasetFolder::DatasetFolder(std::string dir, std::map<std::string, std::string> text)
    : dir_(std::move(dir)), text_(std::move(text)) {
  while (dir_.size() > 1 && dir_.back() == '/') dir_.pop_back();
  partial_ = dir_ + ".partial";
  std::error_code error;
  if (fs::exists(dir_, error) && !(fs::is_directory(dir_, error) && fs::is_empty(dir_, error)))
    fail(dir_, "must not exist or be an empty folder, got one with files: choose another name");
  if (fs::exists(partial_, error))
    fail(partial_, "must not exist, got one of a run under way or killed: remove it if none runs");
  if (!fs::create_directories(partial_ + "/clips", error))
    fail(partial_, "must be a folder that can be made, got: " + error.message());
}

DatasetFolder::~DatasetFolder() {
  std::error_code ignored;
  if (!finished_) fs::remove_all(partial_, ignored);
}

void DatasetFolder::add_clip(std::int64_t person, std::int64_t c, const Clip& clip,
                             const DrawnClip& drawn) {
  const std::string folder = fmt::format("{}/clips/{:05}_{:03}", partial_, person, c);
  std::error_code error;
  if (!fs::create_directory(folder, error))
    fail(folder, "must be a folder that can be made, got: " + error.message());
  std::string lines;
  for (std::int64_t f = 0; f < drawn.rgb.size(0); ++f) {
    const Tensor picture = drawn.rgb.sliced(0, f, f + 1).squeezed(0);
    const std::string path = fmt::format("{}/{:06}.{}", folder, f, picture_ending());
    write_plain(path, picture_bytes(path, picture, text_));
    lines += annotation_line(f, person, clip, drawn.truth[static_cast<std::size_t>(f)]);
    if (f == 0 && covers_.size() < kCovers) covers_.push_back(picture.clone());
  }
  write_plain(folder + "/frames.jsonl", lines);
  write_safetensors(folder + "/truth.safetensors",
                    {{"labels", drawn.labels}, {"depth", drawn.depth.to(DType::f16)}});
}

void DatasetFolder::finish(const DatasetPlan& plan, const DatasetResult& result) {
  write_image(fmt::format("{}/contact.{}", partial_, picture_ending()),
              contact_sheet(covers_, kSheetColumns), text_);
  write_file(partial_ + "/manifest.json", manifest_text(plan, result, text_));
  std::error_code error;
  fs::remove(dir_, error);  // empty
  fs::rename(partial_, dir_, error);
  if (error)
    fail(dir_, "must be a name that the finished folder can take, got: " + error.message());
  finished_ = true;
}

}  // namespace dact::world
