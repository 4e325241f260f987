#include "reenact/cli/manifest.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "io/image.hpp"
#include "io/safetensors.hpp"
#include "reenact/cli/environment.hpp"
#include "reenact/picture.hpp"
#include "tensor/digest.hpp"
#include "tensor/error.hpp"
#include "tensor/numerics.hpp"

namespace dact::cli {
namespace {

constexpr DigitalSource kSource = DigitalSource::trained_algorithmic_media;
constexpr char kSourceKey[] = "digital_source_type";

}  // namespace

Manifest::Manifest(const Context& context, std::string_view command) {
  entries_ = {{"generator", "diffusionact"},
              {"version", version_line()},
              {"command", std::string(command)},
              {"seed", std::to_string(context.seed())},
              {"numerics", std::string(name_of(numerics()))}};
}

void Manifest::set_input(const std::string& key, const std::string& path, const Tensor& value) {
  set(key, file_name_of(path));
  set(key + "_digest", digest_of(value));
}

std::map<std::string, std::string> Manifest::metadata() const {
  return left_out_ ? std::map<std::string, std::string>{} : entries_;
}

std::map<std::string, std::string> Manifest::picture_metadata() const {
  std::map<std::string, std::string> all = metadata();
  all[kSourceKey] = address_of(kSource);
  return all;
}

std::map<std::string, std::string> Manifest::picture_text() const {
  std::map<std::string, std::string> all = metadata();
  all[std::string(kXmpKey)] = xmp_of(kSource);
  return all;
}

std::string file_name_of(const std::string& path) {
  return std::filesystem::path(path).filename().string();
}

void require_writable(const std::string& path) { const AtomicFile probe(path); }

void make_output_folder(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error || !std::filesystem::is_directory(path))
    throw IoError(path, "the output must be a folder that can be made, got: " +
                            (error ? error.message() : std::string("another kind of file")));
}

bool names_picture(const std::string& path) {
  if (path.ends_with(".png") || path.ends_with(".ppm")) return true;
  if (path.ends_with(".safetensors")) return false;
  throw UsageError(path,
                   "an image's name must end in .png, .ppm or .safetensors, got another ending");
}

void write_output_image(const std::string& path, const Tensor& image, const Manifest& manifest) {
  if (names_picture(path))
    write_image(path, reenact::tensor_to_picture(image), manifest.picture_text());
  else
    write_safetensors(path, {{"image", image.contiguous()}}, manifest.picture_metadata());
}

void write_output_tensor(const std::string& path, const std::string& name, const Tensor& value,
                         const Manifest& manifest) {
  write_safetensors(path, {{name, value.contiguous()}}, manifest.metadata());
}

}  // namespace dact::cli
