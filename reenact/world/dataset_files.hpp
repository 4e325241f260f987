// The files of a data set, written aside and moved into place whole.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "reenact/world/dataset.hpp"

namespace dact::world {

/// A data set under way. Destroyed without finish() it leaves nothing behind.
class DatasetFolder {
 public:
  /// `text`: stands in every PNG and in the manifest.
  /// throws  IoError: `dir` exists and is not empty, DIR.partial exists, or neither can be made
  DatasetFolder(std::string dir, std::map<std::string, std::string> text);
  ~DatasetFolder();
  DatasetFolder(const DatasetFolder&) = delete;
  DatasetFolder& operator=(const DatasetFolder&) = delete;

  void add_clip(std::int64_t person, std::int64_t c, const Clip& clip, const DrawnClip& drawn);
  void finish(const DatasetPlan& plan, const DatasetResult& result);

 private:
  std::string dir_, partial_;
  std::map<std::string, std::string> text_;
  std::vector<Tensor> covers_;  // first frames, for the contact sheet
  bool finished_ = false;
};

/// "png", or "ppm" in a build without libpng.
std::string_view picture_ending();

/// One line of frames.jsonl.
std::string annotation_line(std::int64_t frame, std::int64_t person, const Clip& clip,
                            const Truth& truth);

/// Pictures [S, S, 3] in rows of `columns`, 2 pixels apart.
Tensor contact_sheet(const std::vector<Tensor>& pictures, std::int64_t columns);

}  // namespace dact::world
