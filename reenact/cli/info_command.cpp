// `diffusionact info`: what is in a checkpoint, a picture or an output of this program.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "io/image.hpp"
#include "io/npy.hpp"
#include "io/video.hpp"
#include "reenact/cli/commands.hpp"
#include "reenact/cli/exit_codes.hpp"
#include "reenact/cli/known_weights.hpp"
#include "reenact/cli/manifest.hpp"
#include "reenact/cli/weights_file.hpp"
#include "tensor/error.hpp"

namespace dact::cli {
namespace {

using Json = nlohmann::ordered_json;

std::vector<std::int64_t> sizes_of(const Shape& shape) { return {shape.begin(), shape.end()}; }

// Text of strangers goes into JSON as UTF-8; other bytes become U+FFFD.
std::string dumped(const Json& json) {
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace);
}

bool begins(const InputFile& file, std::string_view magic) {
  std::string start(magic.size(), '\0');
  if (file.size() < start.size()) return false;
  file.read_at(0, start.data(), start.size());
  return start == magic;
}

bool is_picture(const InputFile& file) {
  return begins(file, "\x89PNG") || begins(file, "\xFF\xD8\xFF") || begins(file, "P5") ||
         begins(file, "P6");
}

Json picture_facts(const std::string& path) {
  const ImageInfo info = image_info(path);
  Json metadata = Json::object();
  std::string source;
  for (const auto& [key, value] : info.text) {
    metadata[key] = value;
    for (const DigitalSource each : {DigitalSource::trained_algorithmic_media,
                                     DigitalSource::composite_with_trained_algorithmic_media})
      if (key == kXmpKey && value.find(address_of(each)) != std::string::npos)
        source = address_of(each);
  }
  Json facts{{"kind", info.format},       {"width", info.width}, {"height", info.height},
             {"channels", info.channels}, {"bits", info.bits},   {"orientation", info.orientation},
             {"metadata", metadata}};
  if (!source.empty()) facts["digital_source_type"] = source;
  return facts;
}

Json tensor_facts(const std::string& path) {
  const WeightsFile file(path);
  Json tensors = Json::array(), known = Json::array();
  for (const std::string& name : file.names()) {
    const WeightsFile::Entry entry = file.entry(name);
    tensors.push_back({{"name", name}, {"dtype", entry.dtype}, {"shape", sizes_of(entry.shape)}});
  }
  for (const KnownWeights* row : recognise(file)) known.push_back(row->name);
  Json metadata = Json::object();
  for (const auto& [key, value] : file.metadata()) metadata[key] = value;
  return {{"kind", file.container()},
          {"looks_like", known},
          {"metadata", metadata},
          {"tensors", tensors}};
}

// ISO 14496-12: the first box says what kind of file it is.
bool is_video(const InputFile& file) {
  std::string start(8, '\0');
  if (file.size() < start.size()) return false;
  file.read_at(0, start.data(), start.size());
  return start.substr(4) == "ftyp";
}

Json video_facts(const std::string& path) {
  const VideoInfo info = video_info(path);
  Json metadata = Json::object();
  for (const auto& [key, value] : video_text(path)) metadata[key] = value;
  Json facts{{"kind", "video"},       {"codec", info.codec},   {"width", info.width},
             {"height", info.height}, {"frames", info.frames}, {"frame_rate", info.rate.str()},
             {"sound", info.sound},   {"metadata", metadata}};
  if (metadata.contains("digital_source_type"))
    facts["digital_source_type"] = metadata["digital_source_type"];
  return facts;
}

Json array_facts(const std::string& path) {
  const Tensor x = read_npy(path);
  return {{"kind", "npy"}, {"dtype", name_of(x.dtype())}, {"shape", sizes_of(x.shape())}};
}

Json facts_of(const std::string& path) {
  const InputFile file(path);
  if (file.size() == 0) throw IoError(path, "must be a picture or tensors, got an empty file");
  Json facts{{"file", file_name_of(path)}, {"bytes", file.size()}};
  if (is_picture(file))
    facts.update(picture_facts(path));
  else if (is_video(file))
    facts.update(video_facts(path));
  else if (begins(file, "\x93NUMPY"))
    facts.update(array_facts(path));
  else
    facts.update(tensor_facts(path));
  return facts;
}

// One fact a line; the tensors last, as `net keys` writes them.
void print_facts(const Json& facts) {
  const auto text = [](const Json& value) {
    return value.is_string() ? value.get<std::string>() : dumped(value);
  };
  for (const auto& [key, value] : facts.items())
    if (value.is_primitive()) fmt::print("{:<20} {}\n", key, text(value));
  if (facts.contains("shape"))
    fmt::print("{:<20} [{}]\n", "shape",
               fmt::join(facts["shape"].get<std::vector<std::int64_t>>(), ", "));
  if (facts.contains("looks_like"))
    for (const Json& network : facts["looks_like"])
      fmt::print("{:<20} {}\n", "looks like", text(network));
  if (facts.contains("metadata"))
    for (const auto& [key, value] : facts["metadata"].items())
      if (key != kXmpKey) fmt::print("  {:<18} {}\n", key, text(value));
  if (facts.contains("tensors"))
    for (const Json& t : facts["tensors"])
      fmt::print("{}\t{}\t{}\n", text(t["name"]), text(t["dtype"]),
                 fmt::join(t["shape"].get<std::vector<std::int64_t>>(), ","));
}

int run_info(const std::string& path, bool json) {
  const Json facts = facts_of(path);
  if (json)
    fmt::print("{}\n", dumped(facts));
  else
    print_facts(facts);
  return kOk;
}

}  // namespace

Command add_info(CLI::App& program) {
  CLI::App* app = program.add_subcommand(
      "info",
      "Example: diffusionact info face.png\n\n"
      "What is in a file: pictures (PNG, JPEG, PPM), videos (MP4, by ffprobe), tensors "
      "(safetensors, PyTorch checkpoints, "
      ".npy), with the settings and the synthetic mark of what this program wrote.");
  auto path = std::make_shared<std::string>();
  auto json = std::make_shared<bool>(false);
  app->add_option("FILE", *path, "the file")->required();
  app->add_flag("--json", *json, "the same as one JSON object");
  return {app, [path, json](Context&) { return run_info(*path, *json); }};
}

}  // namespace dact::cli
