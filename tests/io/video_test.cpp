// Streams of pictures: folders, and videos through ffmpeg. The clips are made here by ffmpeg itself.
#include "io/video.hpp"

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "io/image.hpp"
#include "tensor/digest.hpp"
#include "tensor/error.hpp"
#include "tests/io/files.hpp"

using namespace dact;
namespace fs = std::filesystem;

namespace {

// False, said once per test, where there is no ffmpeg to make clips with.
bool can_test_video() {
  static int skipped = 0;
  if (has_ffmpeg()) return true;
  MESSAGE("skipped: no ffmpeg (" << ++skipped << ")");
  return false;
}

std::string ffmpeg(std::vector<std::string> words) {
  words.insert(words.begin(),
               {find_program("ffmpeg"), "-nostdin", "-hide_banner", "-v", "error", "-y"});
  ChildProcess child(words, ChildPipe::gives);
  const int code = child.wait();
  CHECK_MESSAGE(code == 0, child.last_line());
  return words.back();
}

// `seconds` of ffmpeg's moving test picture.
std::string clip(const std::string& path, const std::string& size, const std::string& rate,
                 const std::string& seconds, const std::vector<std::string>& more = {}) {
  std::vector<std::string> words{"-f", "lavfi", "-i",
                                 "testsrc=size=" + size + ":rate=" + rate + ":duration=" + seconds};
  words.insert(words.end(), more.begin(), more.end());
  words.push_back(path);
  return ffmpeg(words);
}

std::vector<Tensor> all_frames(FrameReader& reader) {
  std::vector<Tensor> frames;
  for (Tensor f = reader.next(); f.defined(); f = reader.next()) frames.push_back(f);
  return frames;
}

Tensor picture(std::int64_t height, std::int64_t width, double value) {
  return full({height, width, 3}, value, DType::u8);
}

std::string probe(const std::string& path, const std::string& entries) {
  ChildProcess child({find_program("ffprobe"), "-v", "error", "-show_entries", entries, "-of",
                      "default=noprint_wrappers=1:nokey=1", path},
                     ChildPipe::gives);
  std::string text(1 << 16, '\0');
  text.resize(child.read(text.data(), text.size()));
  CHECK(child.wait() == 0);
  return text;
}

}  // namespace

TEST_CASE("a child process: its output, its input, its code, its last words") {
  const std::string shell = find_program("sh");
  REQUIRE(!shell.empty());
  ChildProcess echo({shell, "-c", "printf abc; echo first >&2; echo last >&2; exit 3"},
                    ChildPipe::gives);
  std::string text(10, '\0');
  text.resize(echo.read(text.data(), text.size()));
  CHECK(text == "abc");
  CHECK(echo.wait() == 3);
  CHECK(echo.last_line() == "last");

  ChildProcess count({shell, "-c", "wc -c >&2"}, ChildPipe::takes);
  const std::string much(300'000, 'x');  // more than a pipe holds
  CHECK(count.write(much.data(), much.size()));
  CHECK(count.wait() == 0);
  CHECK(count.last_line() == "300000");

  ChildProcess deaf({shell, "-c", "exit 0"}, ChildPipe::takes);
  bool taken = true;
  for (int i = 0; i < 100 && taken; ++i) taken = deaf.write(much.data(), much.size());
  CHECK_FALSE(taken);  // and no SIGPIPE
  CHECK(find_program("no such program").empty());
  CHECK_THROWS_AS(ChildProcess({"/no/such/program"}, ChildPipe::gives), IoError);
}

TEST_CASE("a child process is killed when the run stops") {
  const auto start = std::chrono::steady_clock::now();
  {
    ChildProcess sleeper({find_program("sleep"), "30"}, ChildPipe::gives,
                         []() noexcept { return true; });
    char c;
    CHECK_THROWS_AS(sleeper.read(&c, 1), Cancelled);
    ChildProcess other({find_program("sleep"), "30"}, ChildPipe::gives);
  }
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(10));
}

TEST_CASE("folders: natural order, numbered output, nothing overwritten") {
  CHECK(natural_less("a9.png", "a10.png"));
  CHECK(natural_less("a009.png", "a10.png"));
  CHECK_FALSE(natural_less("a10.png", "a9.png"));
  CHECK(natural_less("a.png", "b1.png"));
  CHECK(natural_less("a1", "a1b"));
  CHECK_FALSE(natural_less("a1", "a1"));

  const test::TempFolder folder;
  const std::string ending = has_image_format("png") ? ".png" : ".ppm";
  for (const int i : {10, 9, 100})
    write_image(folder / (std::to_string(i) + ending), picture(2, 3, i));
  const auto reader = open_frames(folder / "");
  CHECK(reader->expected() == 3);
  const auto frames = all_frames(*reader);
  REQUIRE(frames.size() == 3);
  for (std::size_t i = 0; i < 3; ++i)
    CHECK(digest_of(frames[i]) == digest_of(picture(2, 3, std::vector{9, 10, 100}[i])));

  {
    const auto writer = create_frames(folder / "out", {.text = {{"made-by", "test"}}});
    writer->write(frames[0]);
    writer->write(frames[1]);
    CHECK_THROWS_AS(writer->write(picture(2, 2, 0)), ShapeError);
    CHECK(writer->written() == 2);
  }  // no finish(): the pictures stay all the same
  CHECK(digest_of(read_image(folder / ("out/000001" + ending))) == digest_of(frames[1]));
  CHECK(image_info(folder / ("out/000000" + ending)).text.at("made-by") == "test");
  CHECK_THROWS_WITH_AS(create_frames(folder / "out", {}), doctest::Contains("must be empty"),
                       UsageError);
  CHECK_THROWS_AS(open_frames(folder / "none"), IoError);
  fs::create_directory(folder / "empty");
  CHECK_THROWS_WITH_AS(open_frames(folder / "empty"), doctest::Contains("must hold pictures"),
                       IoError);
  CHECK(all_frames(*open_frames(folder / ("9" + ending))).size() == 1);
}

TEST_CASE("a lock is held by one at a time and leaves nothing") {
  const test::TempFolder folder;
  {
    const FileLock lock(folder / ".lock");
    CHECK_THROWS_WITH_AS(FileLock(folder / ".lock"), doctest::Contains("one run at a time"),
                         ResourceError);
  }
  CHECK(folder.entries() == 0);
  const FileLock again(folder / ".lock");
}

TEST_CASE("video in: rates, odd sizes, rotation, alpha, 16 bit, names like options") {
  if (!can_test_video()) return;
  const test::TempFolder folder;
  const auto read = [&](const std::string& path) {
    const auto reader = open_frames(path);
    auto frames = all_frames(*reader);
    CHECK(static_cast<std::int64_t>(frames.size()) == reader->expected());
    return std::pair{frames, reader->rate()};
  };
  auto [plain, rate] = read(clip(folder / "a.mp4", "64x48", "30000/1001", "0.5"));
  CHECK(plain.size() == 15);
  CHECK(rate == FrameRate{30000, 1001});
  CHECK(plain[0].shape() == Shape{48, 64, 3});

  auto [odd, odd_rate] = read(clip(folder / "odd.mkv", "63x47", "24", "0.5", {"-c:v", "ffv1"}));
  CHECK(odd[0].shape() == Shape{47, 63, 3});
  CHECK(odd.size() == 12);

  ffmpeg(
      {"-i", folder / "a.mp4", "-c", "copy", "-metadata:s:v", "rotate=90", folder / "turned.mp4"});
  CHECK(all_frames(*open_frames(folder / "turned.mp4"))[0].shape() == Shape{64, 48, 3});

  // lossless RGB keeps its bytes; alpha and the low bytes of 16 bits go
  auto [rgba, r1] =
      read(clip(folder / "rgba.avi", "16x16", "10", "0.2", {"-c:v", "png", "-pix_fmt", "rgba"}));
  auto [deep, r2] =
      read(clip(folder / "deep.avi", "16x16", "10", "0.2", {"-c:v", "png", "-pix_fmt", "rgb48be"}));
  auto [rgb, r3] =
      read(clip(folder / "rgb.avi", "16x16", "10", "0.2", {"-c:v", "png", "-pix_fmt", "rgb24"}));
  CHECK(digest_of(rgba[1]) == digest_of(rgb[1]));
  CHECK(digest_of(deep[1]) == digest_of(rgb[1]));

  for (const char* name : {"-i.mp4", "a b'c\".mp4", "c:d.mp4", "100%d.mp4"}) {
    fs::copy_file(folder / "a.mp4", folder / name);
    CHECK(all_frames(*open_frames(folder / name)).size() == 15);
  }
  const auto here = fs::current_path();
  fs::current_path(folder / "");
  CHECK(all_frames(*open_frames("-i.mp4")).size() == 15);
  fs::current_path(here);
}

TEST_CASE("video in: a variable rate becomes a constant one, a constant one drops nothing") {
  if (!can_test_video()) return;
  const test::TempFolder folder;
  // 10 frames at 20/s, then 10 at 5/s: 2.5 s
  clip(folder / "v.mkv", "32x32", "20", "1",
       {"-vf", "setpts='if(lt(N,10),N/20,0.5+(N-10)/5)/TB'", "-vsync", "vfr", "-c:v", "ffv1"});
  const VideoInfo info = video_info(folder / "v.mkv");
  CHECK_FALSE(info.constant_rate);
  const auto frames = all_frames(*open_frames(folder / "v.mkv"));
  const double seconds = static_cast<double>(frames.size()) / info.rate.value();
  CHECK(seconds == doctest::Approx(2.5).epsilon(0.1));
  // times in whole milliseconds, as Matroska has them, are no variable rate
  clip(folder / "c.mkv", "32x32", "30", "2", {"-c:v", "ffv1"});
  CHECK(video_info(folder / "c.mkv").constant_rate);
  CHECK(all_frames(*open_frames(folder / "c.mkv")).size() == 60);
}

TEST_CASE("video in: what is cut, damaged, no video, or points elsewhere is refused") {
  if (!can_test_video()) return;
  const test::TempFolder folder;
  clip(folder / "a.mp4", "160x120", "25", "4", {"-movflags", "+faststart"});
  clip(folder / "a.mkv", "160x120", "25", "4");
  for (const char* name : {"a.mp4", "a.mkv"}) {
    CAPTURE(name);
    const std::string cut = folder / ("cut_" + std::string(name));
    fs::copy_file(folder / name, cut);
    fs::resize_file(cut, fs::file_size(cut) / 2);
    const auto reader = open_frames(cut);
    CHECK_THROWS_WITH_AS(all_frames(*reader), doctest::Contains("ffmpeg: \""), IoError);
    CHECK_FALSE(reader->next().defined());
    fs::resize_file(cut, 40);
    CHECK_THROWS_AS(open_frames(cut), IoError);
  }
  write_file(folder / "text.mp4", "no video at all");
  write_file(folder / "empty.mp4", "");
  write_file(folder / "list.mp4",
             "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\na.mp4\n#EXT-X-ENDLIST\n");
  write_file(folder / "concat.mp4", "ffconcat version 1.0\nfile a.mp4\n");
  ffmpeg({"-f", "lavfi", "-i", "sine=duration=0.2", folder / "sound.mp4"});
  for (const char* name : {"text.mp4", "empty.mp4", "list.mp4", "concat.mp4", "sound.mp4"}) {
    CAPTURE(name);
    CHECK_THROWS_AS(open_frames(folder / name), IoError);
  }
}

TEST_CASE("video out: rate, frames, sound and text; the same bytes twice") {
  if (!can_test_video()) return;
  const test::TempFolder folder;
  const std::string driver = clip(folder / "d.mp4", "64x64", "25", "1",
                                  {"-f", "lavfi", "-i", "sine=duration=1", "-shortest"});
  CHECK(open_frames(driver)->sound() == driver);
  const auto write = [&](const std::string& name, int frames) {
    const auto writer = create_frames(
        folder / name, {.rate = {30000, 1001}, .sound = driver, .text = {{"comment", "made up"}}});
    for (int i = 0; i < frames; ++i) writer->write(picture(47, 65, 10 * i));
    writer->finish({{"description", "{\"a\": \"b=c;\\n\"}"}});
    CHECK(writer->complaint() == "");
    CHECK(writer->written() == frames);
  };
  write("a.mp4", 15);
  write("b.mp4", 15);
  CHECK(read_file(folder / "a.mp4", 1 << 24) == read_file(folder / "b.mp4", 1 << 24));
  const VideoInfo info = video_info(folder / "a.mp4");
  CHECK(info.rate == FrameRate{30000, 1001});
  CHECK(info.frames == 15);
  CHECK(info.sound);
  CHECK(info.width == 66);  // padded to even sides
  CHECK(info.height == 48);
  const auto frames = all_frames(*open_frames(folder / "a.mp4"));
  REQUIRE(frames.size() == 15);
  const auto bytes = frames[12].to_vector<std::uint8_t>();
  CHECK(std::abs(static_cast<int>(bytes[0]) - 120) <= 2);
  const std::string tags = probe(folder / "a.mp4", "format_tags=comment,description");
  CHECK(tags.find("made up") != std::string::npos);
  CHECK(tags.find("{\"a\": \"b=c;\\n\"}") != std::string::npos);
  CHECK(folder.entries() == 3);  // no temporary file is left
}

TEST_CASE("video out: without finish nothing appears; a full disk keeps the frames before") {
  if (!can_test_video()) return;
  const test::TempFolder folder;
  {
    const auto writer = create_frames(folder / "a.mp4", {});
    writer->write(picture(64, 64, 100));
  }
  CHECK(folder.entries() == 0);

  // The limit on the size of files plays the full disk: the encoder inherits it.
  rlimit before{};
  REQUIRE(getrlimit(RLIMIT_FSIZE, &before) == 0);
  struct sigaction ignore {
  }, old{};
  ignore.sa_handler = SIG_IGN;
  sigaction(SIGXFSZ, &ignore, &old);
  const rlimit small{60'000, before.rlim_max};
  REQUIRE(setrlimit(RLIMIT_FSIZE, &small) == 0);
  const auto writer = create_frames(folder / "full.mp4", {});
  std::int64_t given = 0;
  std::string error;
  try {
    for (; given < 200; ++given)
      writer->write(
          randint(0, 256, {64, 64, 3}, {.use = "noise", .draw = static_cast<std::uint32_t>(given)})
              .to(DType::u8));
  } catch (const IoError& e) {
    error = e.what();
  }
  writer->finish();
  setrlimit(RLIMIT_FSIZE, &before);
  sigaction(SIGXFSZ, &old, nullptr);
  CHECK(error.find("File too large") != std::string::npos);
  CHECK(given < 200);
  CHECK(writer->written() > 0);
  CHECK(writer->written() <= given);
  CHECK(static_cast<std::int64_t>(all_frames(*open_frames(folder / "full.mp4")).size()) ==
        writer->written());
  CHECK(folder.entries() == 1);
}
