#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "io/file.hpp"
#include "io/video.hpp"
#include "tensor/error.hpp"

namespace dact {
namespace {

using Words = std::vector<std::string>;

std::string encoder_program(const std::string& path) {
  const std::string program = find_program("ffmpeg");
  if (program.empty())
    throw UsageError(path,
                     "ffmpeg must be installed to write .mp4, got none in PATH; a folder for "
                     "numbered pictures needs none");
  return program;
}

// Whether this ffmpeg was built with x264.
bool has_x264(const std::string& program) {
  ChildProcess child({program, "-nostdin", "-hide_banner", "-v", "error", "-encoders"},
                     ChildPipe::gives);
  std::string text(1 << 18, '\0');
  text.resize(child.read(text.data(), text.size()));
  child.wait();
  return text.find(" libx264 ") != std::string::npos;
}

void append(Words& words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
}

void append_text(Words& words, const std::map<std::string, std::string>& text) {
  for (const auto& [key, value] : text) append(words, {"-metadata", key + "=" + value});
}

// RGB bytes in, fragments of one frame each out. No frame is held back (no look-ahead, no B frames), so that what was
// written is there when the run ends.
Words encode_words(const std::string& program, const FrameWriteOptions& options,
                   const Tensor& first, const std::string& to) {
  Words words{program, "-nostdin", "-hide_banner", "-v", "error", "-y"};
  append(words, {"-protocol_whitelist", "file,pipe", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s",
                 fmt::format("{}x{}", first.size(1), first.size(0)), "-framerate",
                 options.rate.str(), "-i", "pipe:0", "-vf",
                 "pad=ceil(iw/2)*2:ceil(ih/2)*2,scale=out_color_matrix=bt709:out_range=tv:flags="
                 "bicubic+accurate_rnd+full_chroma_int+bitexact"});
  if (has_x264(program))
    append(words, {"-c:v", "libx264", "-preset", "medium", "-crf", "14", "-tune", "zerolatency"});
  else
    append(words, {"-c:v", "mpeg4", "-q:v", "2"});
  append(words,
         {"-pix_fmt", "yuv420p", "-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc",
          "bt709", "-fflags", "+bitexact", "-flags:v", "+bitexact", "-flush_packets", "1",
          "-movflags", "+frag_every_frame+empty_moov+default_base_moof+use_metadata_tags", "-f",
          "mp4", "file:" + to});
  return words;
}

// The same packets in a plain file, with the sound and the metadata; nothing of the sound's file but its first track.
Words join_words(const std::string& program, const std::string& from, const std::string& sound,
                 double seconds, const std::map<std::string, std::string>& text,
                 const std::string& to) {
  Words words{program, "-nostdin", "-hide_banner", "-v", "error", "-y"};
  append(words, {"-protocol_whitelist", "file,pipe", "-f", "mp4", "-i", "file:" + from});
  if (!sound.empty())
    append(words, {"-protocol_whitelist", "file,pipe", "-format_whitelist", kVideoContainers, "-i",
                   "file:" + sound});
  append(words, {"-map", "0:v:0"});
  if (!sound.empty()) append(words, {"-map", "1:a:0"});
  append(words, {"-c", "copy", "-t", fmt::format("{:.6f}", seconds), "-map_metadata", "-1",
                 "-map_chapters", "-1"});
  append_text(words, text);
  append(words, {"-fflags", "+bitexact", "-movflags", "+faststart+use_metadata_tags", "-f", "mp4",
                 "file:" + to});
  return words;
}

std::uint64_t big_endian(const unsigned char* bytes, int count) {
  std::uint64_t value = 0;
  for (int i = 0; i < count; ++i) value = value << 8 | bytes[i];
  return value;
}

[[noreturn]] void throw_said(const std::string& path, const std::string& must,
                             const std::string& said) {
  const std::string what = fmt::format("{}, got from ffmpeg: {}", must, said);
  const bool full = said.find("No space left") != std::string::npos ||
                    said.find("the disk ") != std::string::npos;
  if (full) throw ResourceError(path, what);
  throw IoError(path, what);
}

class VideoWriter final : public FrameWriter {
 public:
  VideoWriter(std::string path, const FrameWriteOptions& options)
      : path_(std::move(path)),
        options_(options),
        program_(encoder_program(path_)),
        fragments_(std::in_place, path_) {}

  void write(const Tensor& picture) override;
  void finish(const std::map<std::string, std::string>& text) override;
  std::int64_t written() const override { return written_; }
  std::string complaint() const override { return complaint_; }

 private:
  [[noreturn]] void fail(const std::string& doing);
  void end_encoder();
  bool join(const std::string& sound, const std::map<std::string, std::string>& text);

  std::string path_;
  FrameWriteOptions options_;
  std::string program_, complaint_;
  std::optional<AtomicFile> fragments_;
  std::optional<ChildProcess> encoder_;
  Shape shape_;
  std::int64_t written_ = 0;
  bool ended_ = false, told_ = false;
};

void VideoWriter::write(const Tensor& picture) {
  require_dtype("write_frame", "picture", picture, DType::u8);
  if (picture.rank() != 3 || picture.size(2) != 3 || picture.numel() == 0 ||
      (shape_.rank() > 0 && !(picture.shape() == shape_)))
    throw ShapeError("write_frame",
                     fmt::format("all pictures must be u8 [H, W, 3] of one size{}, "
                                 "got {}",
                                 shape_.rank() > 0 ? ", " + shape_.str() : "", picture.str()));
  if (ended_) fail("writing after the end");
  if (!encoder_) {
    shape_ = picture.shape();
    encoder_.emplace(encode_words(program_, options_, picture, fragments_->temporary()),
                     ChildPipe::takes);
  }
  const Tensor bytes = picture.contiguous();
  if (!encoder_->write(bytes.data<std::uint8_t>(), static_cast<std::size_t>(bytes.numel())))
    fail("writing frame " + std::to_string(written_));
  ++written_;
}

void VideoWriter::fail(const std::string& doing) {
  end_encoder();
  told_ = true;
  throw_said(path_, doing + " must work", complaint_);
}

// Whatever the encoder says of itself: whole fragments count, and what comes behind them is cut off.
void VideoWriter::end_encoder() {
  if (ended_ || !encoder_) return;
  ended_ = true;
  const int code = encoder_->wait();
  const WholeFragments whole = whole_fragments(fragments_->temporary());
  if (code == 0 && whole.count == written_) return;
  complaint_ =
      encoder_->last_line().empty() ? fmt::format("exit code {}", code) : encoder_->last_line();
  written_ = whole.count;
  if (::truncate(fragments_->temporary().c_str(), static_cast<off_t>(whole.bytes)) != 0)
    throw IoError(path_, "cutting an unfinished fragment off must work");
}

// False, with the cause in complaint_, when it cannot be made: the disk may hold one copy and not two.
bool VideoWriter::join(const std::string& sound,
                       const std::map<std::string, std::string>& text) try {
  AtomicFile whole(path_);
  const double seconds = static_cast<double>(written_) / options_.rate.value();
  ChildProcess child(
      join_words(program_, fragments_->temporary(), sound, seconds, text, whole.temporary()),
      ChildPipe::gives);
  const int code = child.wait();
  if (code != 0 || !is_whole_mp4(whole.temporary())) {
    complaint_ = child.last_line().empty() ? "the disk may be full" : child.last_line();
    return false;
  }
  whole.commit();
  return true;
} catch (const Error& error) {
  complaint_ = error.what();
  return false;
}

void VideoWriter::finish(const std::map<std::string, std::string>& text) {
  end_encoder();
  ended_ = true;
  std::string error = std::exchange(complaint_, "");
  if (written_ == 0) return;
  std::map<std::string, std::string> all = options_.text;
  all.insert(text.begin(), text.end());
  bool joined = join(options_.sound, all);
  if (!joined && !options_.sound.empty()) {
    const std::string why = complaint_;
    joined = join("", all);
    if (joined) complaint_ = "the sound of " + options_.sound + " could not be kept: " + why;
  }
  if (!joined) {
    fragments_->commit();  // players take the fragments too
    error = std::exchange(complaint_, "");
  }
  fragments_.reset();
  if (error.empty() || (told_ && joined)) return;
  throw_said(path_,
             fmt::format("the video must be finished; {} frames are kept{}", written_,
                         joined ? "" : ", in fragments, without all metadata and sound"),
             error);
}

}  // namespace

namespace {

// Calls take(name, end) for the boxes of the file that are whole; the end of the last one.
// ISO 14496-12: a box is a size of 4 bytes, a name of 4, and for size 1 a size of 8.
template <class F>
std::uint64_t each_box(const InputFile& file, F&& take) {
  std::uint64_t at = 0;
  while (at + 8 <= file.size()) {
    std::array<unsigned char, 16> head{};
    file.read_at(at, head.data(), std::min<std::uint64_t>(16, file.size() - at));
    std::uint64_t size = big_endian(head.data(), 4);
    if (size == 1) size = big_endian(head.data() + 8, 8);
    if (size < 8 || size > file.size() - at) break;
    at += size;
    take(std::string_view(reinterpret_cast<const char*>(head.data()) + 4, 4), at);
  }
  return at;
}

}  // namespace

bool is_whole_mp4(const std::string& path) {
  const InputFile file(path);
  bool moov = false, mdat = false;
  const std::uint64_t end = each_box(file, [&](std::string_view name, std::uint64_t) {
    moov |= name == "moov";
    mdat |= name == "mdat";
  });
  return moov && mdat && end == file.size();
}

WholeFragments whole_fragments(const std::string& path) {
  const InputFile file(path);
  WholeFragments whole;
  each_box(file, [&](std::string_view name, std::uint64_t end) {
    if (name == "mdat") whole = {end, whole.count + 1};
  });
  return whole;
}

std::unique_ptr<FrameWriter> create_video(const std::string& path,
                                          const FrameWriteOptions& options) {
  return std::make_unique<VideoWriter>(path, options);
}

}  // namespace dact
