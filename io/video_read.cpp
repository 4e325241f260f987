#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

#include "io/file.hpp"
#include "io/image.hpp"
#include "io/json.hpp"
#include "io/video.hpp"
#include "tensor/error.hpp"

namespace dact {
namespace {

constexpr std::size_t kProbeLimit = 1 << 16;  // bytes of ffprobe's answer
constexpr double kLowestRate = 0.1, kHighestRate = 1000;
constexpr double kRateTolerance = 0.005;
constexpr double kLeastShare = 0.9;  // of a container's length: its sound may go on longer

std::string ffmpeg_program(const std::string& name, const std::string& path) {
  const std::string program = find_program(name);
  if (program.empty())
    throw UsageError(path, fmt::format("{} must be installed for video, got none in PATH; folders "
                                       "of numbered pictures need none",
                                       name));
  return program;
}

// What both programs are told of a file that anyone may have made. "file:" in front: a name that begins with '-' or
// holds a ':' stays a name.
std::vector<std::string> input_words(const std::string& path) {
  return {"-protocol_whitelist",
          "file,pipe",
          "-format_whitelist",
          kVideoContainers,
          "-max_pixels",
          std::to_string(ImageLimits{}.pixels),
          "-i",
          "file:" + path};
}

std::vector<std::string> joined(std::vector<std::string> a, const std::vector<std::string>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

std::string said(const ChildProcess& child) {
  const std::string line = child.last_line();
  return line.empty() ? "nothing said" : "\"" + line + "\"";
}

template <class T>
std::optional<T> number(std::string_view text) {
  T value{};
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// "30000/1001"; none for "0/0" and what is out of bounds.
std::optional<FrameRate> rate_of(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto num = number<std::int64_t>(text.substr(0, slash)),
             den = number<std::int64_t>(text.substr(slash + 1));
  if (!num || !den || *num < 1 || *den < 1 || *num > INT32_MAX || *den > INT32_MAX)
    return std::nullopt;
  const FrameRate rate{*num, *den};
  if (rate.value() < kLowestRate || rate.value() > kHighestRate) return std::nullopt;
  return rate;
}

// ffprobe's lines "key=value".
class Probe {
 public:
  Probe(const std::string& path, const std::vector<std::string>& words, StopAsked stop) {
    ChildProcess child(joined({ffmpeg_program("ffprobe", path), "-hide_banner", "-v", "error",
                               "-of", "default=noprint_wrappers=1"},
                              joined(words, input_words(path))),
                       ChildPipe::gives, stop);
    text_.resize(kProbeLimit);
    text_.resize(child.read(text_.data(), text_.size()));
    if (child.wait() != 0)
      throw IoError(path, "must be a video that ffprobe can read, got: " + said(child));
  }
  // Of the first line with this key; empty when there is none or it says N/A.
  std::string_view value(std::string_view key) const {
    std::string_view rest(text_);
    while (!rest.empty()) {
      const std::string_view line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(std::min(line.size() + 1, rest.size()));
      if (!line.starts_with(key) || line.substr(key.size()).substr(0, 1) != "=") continue;
      const std::string_view value = line.substr(key.size() + 1);
      return value == "N/A" ? std::string_view() : value;
    }
    return {};
  }

 private:
  std::string text_;
};

// Where the frames of a stream lie in time, from their packets: nothing is decoded.
struct PacketTimes {
  std::int64_t count = 0;
  double first = 0, last = 0;
};

PacketTimes packet_times(const std::string& path, StopAsked stop) {
  ChildProcess child(
      joined({ffmpeg_program("ffprobe", path), "-hide_banner", "-v", "error", "-of", "csv=p=0",
              "-select_streams", "v:0", "-show_entries", "packet=pts_time"},
             input_words(path)),
      ChildPipe::gives, stop);
  PacketTimes times;
  std::string text;
  for (std::array<char, 4096> piece; text.size() < kProbeLimit;) {
    const std::size_t got = child.read(piece.data(), piece.size());
    text.append(piece.data(), got);
    std::size_t at = 0;
    for (std::size_t end; (end = text.find('\n', at)) != std::string::npos; at = end + 1) {
      const auto time = number<double>(std::string_view(text).substr(at, end - at));
      ++times.count;
      if (!time) continue;
      times.first = times.count == 1 ? *time : std::min(times.first, *time);
      times.last = times.count == 1 ? *time : std::max(times.last, *time);
    }
    text.erase(0, at);
    if (got < piece.size()) break;
  }
  child.wait();  // what is wrong with the file comes to light when it is decoded
  return times;
}

// MP4 counts its frames and says their average rate; other containers may claim a rate that they do not keep.
void set_rate(VideoInfo& info, const Probe& probe, const std::string& path, StopAsked stop) {
  auto average = rate_of(probe.value("avg_frame_rate")),
       ticks = rate_of(probe.value("r_frame_rate"));
  if (!average && !ticks)
    throw IoError(path, fmt::format("a video must have {} to {} frames a second, got {} (average) "
                                    "and {} (ticks)",
                                    kLowestRate, kHighestRate, probe.value("avg_frame_rate"),
                                    probe.value("r_frame_rate")));
  info.frames =
      std::max<std::int64_t>(0, number<std::int64_t>(probe.value("nb_frames")).value_or(0));
  if (info.frames == 0) {
    const PacketTimes times = packet_times(path, stop);
    info.frames = times.count;
    const double seconds = times.last - times.first;
    if (times.count > 1 && seconds > 0)
      average = rate_of(fmt::format("{}/{:.0f}", (times.count - 1) * 1000, seconds * 1000));
  }
  info.rate = ticks ? *ticks : *average;
  if (!average || !ticks) return;
  info.constant_rate =
      std::fabs(average->value() - ticks->value()) <= kRateTolerance * ticks->value();
  if (!info.constant_rate) info.rate = *average;
}

// A stream of PPM pictures, as ffmpeg writes them: each says its own size, so that nothing rests on what a container
// claims.
class VideoReader final : public FrameReader {
 public:
  VideoReader(std::string path, const VideoInfo& info, StopAsked stop)
      : path_(std::move(path)), info_(info), child_(words(path_, info), ChildPipe::gives, stop) {}

  Tensor next() override {
    if (done_) return {};
    std::array<char, 2> magic{};
    const std::size_t got = child_.read(magic.data(), magic.size());
    if (got == 0) {
      finish();
      return {};
    }
    if (got < magic.size() || magic[0] != 'P' || magic[1] != '6') fail("its start");
    const std::int64_t width = header_number(), height = header_number(), most = header_number();
    const ImageLimits limits;
    if (most != 255 || width < 1 || height < 1 || width > limits.side || height > limits.side ||
        width * height > limits.pixels)
      fail(fmt::format("a picture of {}x{}, {} levels", width, height, most));
    Tensor picture = empty({height, width, 3}, DType::u8);
    const auto bytes = static_cast<std::size_t>(picture.numel());
    if (child_.read(picture.mutate<std::uint8_t>(), bytes) < bytes) fail("a part of its pixels");
    ++frames_;
    return picture;
  }
  std::int64_t expected() const override { return info_.frames; }
  FrameRate rate() const override { return info_.rate; }
  bool has_rate() const override { return true; }
  std::string sound() const override { return info_.sound ? path_ : ""; }

 private:
  static std::vector<std::string> words(const std::string& path, const VideoInfo& info) {
    std::vector<std::string> out{
        ffmpeg_program("ffmpeg", path), "-nostdin", "-hide_banner", "-v", "error", "-xerror"};
    out = joined(std::move(out), input_words(path));
    // Frames get the times 0, 1, 2, ... of the rate, so that ffmpeg neither drops nor repeats one by itself.
    const std::string ticks = fmt::format("setpts=N*{}/({}*TB)", info.rate.den, info.rate.num);
    const std::string filter =
        info.constant_rate ? ticks : "fps=" + info.rate.str() + ":round=near," + ticks;
    return joined(std::move(out),
                  {"-map", "0:v:0", "-an", "-sn", "-dn", "-vf", filter, "-r", info.rate.str(),
                   "-sws_flags", "bicubic+accurate_rnd+full_chroma_int+bitexact", "-pix_fmt",
                   "rgb24", "-c:v", "ppm", "-f", "image2pipe", "pipe:1"});
  }

  [[noreturn]] void fail(const std::string& got) {
    done_ = true;
    child_.wait();
    throw IoError(path_, fmt::format("frame {} must be a whole picture, got {}; ffmpeg: {}",
                                     frames_, got, said(child_)));
  }

  // Digits between white space; ffmpeg writes no comments.
  std::int64_t header_number() {
    std::int64_t value = 0;
    int digits = 0;
    for (char c = 0; child_.read(&c, 1) == 1;) {
      if (c >= '0' && c <= '9' && digits < 9) {
        value = value * 10 + (c - '0');
        ++digits;
      } else if (digits > 0 && (c == ' ' || c == '\n')) {
        return value;
      } else if (c != ' ' && c != '\n') {
        break;
      }
    }
    fail("another header");
  }

  // After the last picture: was it the last one?
  void finish() {
    done_ = true;
    const int code = child_.wait();
    // Fewer frames without a word are an edit list; with one the file was cut.
    const bool few =
        (info_.constant_rate && frames_ < info_.frames) ||
        static_cast<double>(frames_) < kLeastShare * info_.seconds * info_.rate.value();
    const bool cut = few && !child_.last_line().empty();
    if (code == 0 && frames_ > 0 && !cut) return;
    throw IoError(path_,
                  fmt::format("the video must hold its {} frames to the end, got {}; ffmpeg: {}",
                              info_.frames, frames_, said(child_)));
  }

  std::string path_;
  VideoInfo info_;
  ChildProcess child_;
  std::int64_t frames_ = 0;
  bool done_ = false;
};

}  // namespace

bool has_ffmpeg() { return !find_program("ffmpeg").empty() && !find_program("ffprobe").empty(); }

VideoInfo video_info(const std::string& path, StopAsked stop) {
  const InputFile file(path);  // a regular file, readable: a pipe would be waited for without end
  const Probe probe(path,
                    {"-select_streams", "v:0", "-show_entries",
                     "stream=codec_name,width,height,avg_frame_rate,r_frame_rate,nb_frames:"
                     "format=format_name,duration"},
                    stop);
  VideoInfo info{.container = std::string(probe.value("format_name")),
                 .codec = std::string(probe.value("codec_name"))};
  info.width = number<std::int64_t>(probe.value("width")).value_or(0);
  info.height = number<std::int64_t>(probe.value("height")).value_or(0);
  const ImageLimits limits;
  if (info.codec.empty())
    throw IoError(path, fmt::format("must hold a stream of pictures, got none in a file of format "
                                    "\"{}\"",
                                    info.container));
  if (info.width < 1 || info.height < 1 || info.width > limits.side || info.height > limits.side ||
      info.width * info.height > limits.pixels)
    throw IoError(path, fmt::format("frames must have sides of 1 to {} and at most {} pixels, got "
                                    "{}x{}",
                                    limits.side, limits.pixels, info.width, info.height));
  info.seconds = number<double>(probe.value("duration")).value_or(0);
  set_rate(info, probe, path, stop);
  const Probe sound(path, {"-select_streams", "a:0", "-show_entries", "stream=codec_name"}, stop);
  info.sound = !sound.value("codec_name").empty();
  return info;
}

std::map<std::string, std::string> video_text(const std::string& path) {
  const InputFile file(path);
  ChildProcess child(joined({ffmpeg_program("ffprobe", path), "-hide_banner", "-v", "error", "-of",
                             "json", "-show_entries", "format_tags"},
                            input_words(path)),
                     ChildPipe::gives);
  std::string answer(kProbeLimit, '\0');
  answer.resize(child.read(answer.data(), answer.size()));
  if (child.wait() != 0 || utf8_error(answer) != answer.size())
    throw IoError(path, "must be a video that ffprobe can read, got: " + said(child));
  // {"format": {"tags": {key: text}}}, with other entries beside each
  std::map<std::string, std::string> text;
  JsonReader json(answer, path + " (ffprobe)", 0);
  const auto each_of = [&](auto&& take) {
    json.expect('{');
    for (bool first = true; !json.accept('}'); first = false) {
      if (!first) json.expect(',');
      std::string key = json.string();
      json.expect(':');
      take(key);
    }
  };
  each_of([&](const std::string& top) {
    if (top != "format") return json.skip_value();
    each_of([&](const std::string& part) {
      if (part != "tags") return json.skip_value();
      each_of([&](const std::string& key) { text[key] = json.string(); });
    });
  });
  return text;
}

std::unique_ptr<FrameReader> open_video(const std::string& path, StopAsked stop) {
  return std::make_unique<VideoReader>(path, video_info(path, stop), stop);
}

}  // namespace dact
