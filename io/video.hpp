// Videos, through the programs ffmpeg and ffprobe as child processes. Nothing of a video is parsed here but the frames
// that they give.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "io/frames.hpp"

namespace dact {

/// Whether both programs are in PATH.
bool has_ffmpeg();

/// What ffprobe says of the first picture stream.
struct VideoInfo {
  std::string container, codec;
  std::int64_t width = 0, height = 0;  // as stored; the rotation is applied when frames are read
  FrameRate rate = {};
  /// Every stored frame comes once. Otherwise (variable rate) a frame is shown at each tick of `rate`: the stored one
  /// whose time is nearest.
  bool constant_rate = true;
  std::int64_t frames = 0;  // stored; 0: not known
  double seconds = 0;       // of the whole file, as its header says; 0: not known
  bool sound = false;
};

/// Containers that are opened; a playlist, which could name other files, is none of them.
inline constexpr const char* kVideoContainers =
    "mov,matroska,webm,avi,mpegts,mpeg,mpegvideo,flv,ogg,gif,apng,asf,yuv4mpegpipe,h264,hevc,m4v,"
    "mjpeg,nut,dv";

/// rate         the lowest one that all times fit, where the average is within 0.5 % of it: constant. Else the average,
///              and variable
/// throws       IoError: no readable video, sides beyond ImageLimits, a rate outside 0.1 to 1000; the text ends with
///              ffprobe's last line. UsageError without ffprobe
VideoInfo video_info(const std::string& path, StopAsked stop = nullptr);

/// The texts in the container's metadata, by key. throws as video_info
std::map<std::string, std::string> video_text(const std::string& path);

/// Frames as RGB bytes, turned as the file asks, 16 bits brought to 8, alpha dropped. The protocols of ffmpeg are held
/// to file and pipe.
std::unique_ptr<FrameReader> open_video(const std::string& path, StopAsked stop = nullptr);

/// H.264 (or MPEG-4 part 2 where ffmpeg lacks x264), 4:2:0, odd sides padded by a black line. The frames go, one
/// fragment each, into a temporary file; finish() makes the file of it, with the sound (stream copy) cut to the length
/// of the frames, and the text as metadata, and renames it.
std::unique_ptr<FrameWriter> create_video(const std::string& path,
                                          const FrameWriteOptions& options);

/// Whether the boxes of an MP4 end where the file ends, with a moov and an mdat among them: ffmpeg may say that all went well
/// on a full disk.
bool is_whole_mp4(const std::string& path);

/// Bytes of the fragmented MP4 up to the end of its last whole fragment, and how many fragments that is.
struct WholeFragments {
  std::uint64_t bytes = 0;
  std::int64_t count = 0;
};
WholeFragments whole_fragments(const std::string& path);

}  // namespace dact
