// What every output tells of how it was made, and that it is synthetic.
#pragma once
#include <map>
#include <string>
#include <string_view>

#include "reenact/cli/options.hpp"
#include "tensor/tensor.hpp"

namespace CLI {
class App;
}

namespace dact::cli {

/// Keys and values in the file's metadata: generator, version, command, seed, numerics, and what
/// the command adds. Equal runs give equal manifests: no time, path or thread count; of files the
/// names alone.
class Manifest {
 public:
  Manifest(const Context& context, std::string_view command);
  void set(const std::string& key, std::string value) { entries_[key] = std::move(value); }
  void set(const std::string& key, std::int64_t value) { set(key, std::to_string(value)); }
  /// "<key>": the file's name, "<key>_digest": the tensor that was read from it.
  void set_input(const std::string& key, const std::string& path, const Tensor& value);
  /// --no-manifest: the settings are left out; the synthetic mark stays.
  void leave_out() { left_out_ = true; }

  /// All of it, whatever was asked for: what tells one run from another.
  const std::map<std::string, std::string>& entries() const { return entries_; }
  /// For tensors.
  std::map<std::string, std::string> metadata() const;
  /// For pictures, as tensors or PNG: with the digital source type.
  std::map<std::string, std::string> picture_metadata() const;
  std::map<std::string, std::string> picture_text() const;

 private:
  std::map<std::string, std::string> entries_;
  bool left_out_ = false;
};

/// Without its folders.
std::string file_name_of(const std::string& path);

/// Throws IoError when the file cannot be written there: asked before long work begins.
void require_writable(const std::string& path);
/// The folder, made when it is not there. IoError when it cannot be.
void make_output_folder(const std::string& path);
/// Whether a picture is asked for (.png, .ppm) or a tensor (.safetensors); UsageError otherwise.
bool names_picture(const std::string& path);

/// image: f32 [1, 3, S, S] for a picture, any batch for a tensor file, where it is named `image`.
void write_output_image(const std::string& path, const Tensor& image, const Manifest& manifest);
void write_output_tensor(const std::string& path, const std::string& name, const Tensor& value,
                         const Manifest& manifest);

}  // namespace dact::cli
