// Streams of pictures, in and out: one picture, a folder of numbered pictures, or a video.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "io/process.hpp"
#include "tensor/tensor.hpp"

namespace dact {

/// Pictures per second, as a fraction: 30000/1001.
struct FrameRate {
  std::int64_t num = 25, den = 1;
  double value() const { return static_cast<double>(num) / static_cast<double>(den); }
  std::string str() const;
  bool operator==(const FrameRate&) const = default;
};

/// Pictures in their order, one at a time: memory does not depend on how many there are.
class FrameReader {
 public:
  virtual ~FrameReader() = default;
  /// u8 [H, W, 3]; undefined after the last one.
  /// throws  IoError naming file and frame when one cannot be had; Cancelled
  virtual Tensor next() = 0;
  /// How many there will be; of a video an estimate. 0: not known before the end.
  virtual std::int64_t expected() const = 0;
  virtual FrameRate rate() const { return {}; }
  /// Whether rate() is the file's own; pictures have none.
  virtual bool has_rate() const { return false; }
  /// The file whose sound belongs to them; empty: none.
  virtual std::string sound() const { return ""; }
};

struct FrameReadOptions {
  StopAsked stop = nullptr;  // asked while a video is waited for
};

/// A picture (known by its first bytes), a folder, or else a video (video.hpp). Of a folder the files ending in .png,
/// .jpg, .jpeg, .ppm or .pgm count, in the order of their names with runs of digits compared as numbers.
/// throws       IoError: nothing readable there, or no pictures in the folder; UsageError: a video without ffmpeg
std::unique_ptr<FrameReader> open_frames(const std::string& path,
                                         const FrameReadOptions& options = {});

/// Takes pictures of one size. What was written stays when the run ends early, by whatever cause; without finish()
/// a video does not appear.
class FrameWriter {
 public:
  virtual ~FrameWriter() = default;
  /// u8 [H, W, 3].
  /// throws  IoError (disk full, ...): finish() still keeps the pictures before; ShapeError(another size)
  virtual void write(const Tensor& picture) = 0;
  /// `text`: joined to that of the frames, where the whole has a place for it (a video's metadata).
  virtual void finish(const std::map<std::string, std::string>& text = {}) = 0;
  /// Pictures that are, or will be after finish(), in the output.
  virtual std::int64_t written() const = 0;
  /// What could not be kept though the pictures were ("the sound ..."); empty: nothing.
  virtual std::string complaint() const { return ""; }
};

struct FrameWriteOptions {
  FrameRate rate = {};
  std::string sound = {};  // file to take it from; empty: none
  /// In every picture (PNG text), or in the video's metadata.
  std::map<std::string, std::string> text = {};
};

/// By the name: .mp4: a video; .png, .ppm: one picture; else a folder, made if absent, which gets 000000.png,
/// 000001.png, ... (.ppm in a build without PNG).
/// throws       IoError; UsageError: a video without ffmpeg, a folder that holds anything already
std::unique_ptr<FrameWriter> create_frames(const std::string& path,
                                           const FrameWriteOptions& options);

/// UsageError unless `path` is absent or a folder without anything in it; ".lock" does not count.
void require_empty_folder(const std::string& path);

/// Whether `path` names a video, or a single picture, to create_frames.
bool is_video_name(const std::string& path);
bool is_picture_name(const std::string& path);

/// Names as people count: "frame_9" before "frame_10"; equal numbers by the text.
bool natural_less(const std::string& a, const std::string& b);

}  // namespace dact
