#include "reenact/cli/clip_folder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "io/file.hpp"
#include "io/image.hpp"
#include "io/safetensors.hpp"
#include "reenact/train/world_source.hpp"
#include "tensor/error.hpp"
#include "tensor/ops/cat/cat.hpp"

namespace dact::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::uint64_t kLargestText = std::uint64_t{1} << 30;

// `where` is the file, or file and line.
json parsed(const std::string& where, const std::string& text) {
  try {
    return json::parse(text);
  } catch (const json::exception& error) {
    throw IoError(where, std::string("must be JSON, got: ") + error.what());
  }
}

template <class T>
T field(const std::string& where, const json& object, const char* name) {
  try {
    return object.at(name).get<T>();
  } catch (const json::exception& error) {
    throw IoError(where, fmt::format("must hold the field {}, got: {}", name, error.what()));
  }
}

// Exactly N numbers.
template <std::size_t N>
std::array<float, N> numbers(const std::string& where, const json& object, const char* name) {
  const auto list = field<std::vector<float>>(where, object, name);
  if (list.size() != N)
    throw IoError(where, fmt::format("{} must hold {} numbers, got {}", name, N, list.size()));
  std::array<float, N> out{};
  std::copy(list.begin(), list.end(), out.begin());
  return out;
}

world::Truth truth_of(const std::string& where, const json& line) {
  world::Truth t;
  const auto angles = numbers<3>(where, line, "angles");
  const auto eyes = numbers<2>(where, line, "eyes");
  t.pose.yaw = angles[0];
  t.pose.pitch = angles[1];
  t.pose.roll = angles[2];
  t.pose.jaw = field<float>(where, line, "jaw");
  t.pose.gaze_x = eyes[0];
  t.pose.gaze_y = eyes[1];
  t.pose.expression = numbers<head::kExpressions>(where, line, "expression");
  const auto points = field<std::vector<std::array<float, 2>>>(where, line, "landmarks");
  if (points.size() != t.landmarks.size())
    throw IoError(where, fmt::format("landmarks must hold 68 points, got {}", points.size()));
  std::copy(points.begin(), points.end(), t.landmarks.begin());
  return t;
}

// What the manifest says of all clips.
struct Manifested {
  std::int64_t frames = 0, size = 0, people = 0;
  std::string digest;
};
Manifested read_manifest(const std::string& folder) {
  const std::string path = folder + "/manifest.json";
  const json m = parsed(path, read_file(path, kLargestText));
  const auto format = field<std::string>(path, m, "format");
  if (format != "diffusionact clips")
    throw IoError(path, "format must be \"diffusionact clips\", got \"" + format + "\"");
  return {field<std::int64_t>(path, m, "frames"), field<std::int64_t>(path, m, "size"),
          field<std::int64_t>(path, m, "identities"), field<std::string>(path, m, "digest")};
}

std::vector<std::string> clip_folders(const std::string& folder) {
  std::vector<std::string> found;
  std::error_code error;
  for (fs::directory_iterator it(folder + "/clips", error), end; !error && it != end;
       it.increment(error))
    if (it->is_directory()) found.push_back(it->path().string());
  if (error) throw IoError(folder + "/clips", "must be a readable folder, got: " + error.message());
  std::sort(found.begin(), found.end());
  return found;
}

class ClipFolder final : public train::ClipSource {
 public:
  ClipFolder(Manifested manifest, std::vector<std::string> clips, std::uint64_t seed)
      : ClipSource(static_cast<std::int64_t>(clips.size()), manifest.frames, seed),
        manifest_(std::move(manifest)),
        clips_(std::move(clips)) {}
  std::int64_t size() const override { return manifest_.size; }
  std::int64_t people() const override { return manifest_.people; }
  std::string describe() const override {
    return fmt::format("{} clips of {} people, {} frames each, {} pixels, digest {}", clips_.size(),
                       manifest_.people, manifest_.frames, manifest_.size, manifest_.digest);
  }

 private:
  train::Batch load(std::int64_t number) const override {
    const std::string& folder = clips_[static_cast<std::size_t>(number)];
    train::Batch batch;
    batch.image = pictures(folder);
    batch.mask = read_safetensors(folder + "/truth.safetensors").tensors["labels"];
    require_shape(folder, "labels", batch.mask, {manifest_.frames, manifest_.size, manifest_.size});
    annotate(batch, folder + "/frames.jsonl", number);
    return batch;
  }

  Tensor pictures(const std::string& folder) const {
    Tensors all;
    const int chw[] = {2, 0, 1};
    for (std::int64_t f = 0; f < manifest_.frames; ++f) {
      const std::string path = fmt::format("{}/{:06}.png", folder, f);
      const Tensor picture = read_image(path);
      if (picture.size(0) != manifest_.size || picture.size(1) != manifest_.size)
        throw IoError(path, fmt::format("must have {} x {} pixels, got {}", manifest_.size,
                                        manifest_.size, picture.str()));
      all.push_back(picture.permuted(chw).contiguous().unsqueezed(0));
    }
    return cat(all, 0);
  }

  void annotate(train::Batch& batch, const std::string& path, std::int64_t number) const {
    std::istringstream lines(read_file(path, kLargestText));
    std::vector<world::Truth> truth;
    std::int64_t person = 0;
    std::uint64_t person_seed = 0, clip_seed = 0;
    for (std::string text; std::getline(lines, text);) {
      const std::string where = fmt::format("{}:{}", path, truth.size() + 1);
      const json line = parsed(where, text);
      truth.push_back(truth_of(where, line));
      person = field<std::int64_t>(where, line, "person");
      person_seed = field<std::uint64_t>(where, line, "person_seed");
      clip_seed = field<std::uint64_t>(where, line, "clip_seed");
      if (person < 0 || person >= manifest_.people)
        throw IoError(where,
                      fmt::format("person must lie in [0, {}), got {}", manifest_.people, person));
    }
    if (static_cast<std::int64_t>(truth.size()) != manifest_.frames)
      throw IoError(path, fmt::format("must hold a line for each of {} frames, got {}",
                                      manifest_.frames, truth.size()));
    train::set_motion(batch, truth);
    train::set_looks(batch, manifest_.frames, train::clip_looks(person_seed, clip_seed), person,
                     number);
  }

  Manifested manifest_;
  std::vector<std::string> clips_;
};

}  // namespace

std::unique_ptr<train::DataSource> open_clip_folder(const std::string& folder, std::uint64_t seed) {
  return std::make_unique<ClipFolder>(read_manifest(folder), clip_folders(folder), seed);
}

}  // namespace dact::cli
