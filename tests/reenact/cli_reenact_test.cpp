// `reenact` as its user has it: outputs, digests, weights from files, stops, and everything that is refused.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "io/image.hpp"
#include "io/safetensors.hpp"
#include "io/video.hpp"
#include "nn/module.hpp"
#include "reenact/cli/exit_codes.hpp"
#include "reenact/cli/html.hpp"
#include "reenact/cli/networks.hpp"
#include "reenact/nets/estimator.hpp"
#include "reenact/nets/gaze.hpp"
#include "reenact/pipeline/model.hpp"
#include "tensor/digest.hpp"
#include "tensor/memory.hpp"
#include "tests/reenact/clips.hpp"
#include "tests/reenact/program.hpp"
#include "tests/support/golden.hpp"

using namespace dact;
using namespace dact::cli;
namespace fs = std::filesystem;

namespace {

using Words = std::vector<std::string>;

Words operator+(Words a, const Words& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

std::string text_of(const std::string& path) {
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::string digest_line(const test::Result& r) {
  const std::size_t at = r.out.find("digest: ");
  return at == std::string::npos ? "" : r.out.substr(at + 8, 64);
}

// A clip with landmark files, and the words of a short run over it.
struct Setting {
  test::TestFolder folder;
  test::TestClip clip;
  explicit Setting(int frames = 3, std::int64_t size = 40)
      : clip(test::write_clip(folder, frames, size)) {}
  Words words(const std::string& out, const Words& more = {}) const {
    return Words{"reenact",
                 "--source",
                 clip.source,
                 "--driving",
                 clip.folder,
                 "--out",
                 folder / out,
                 "--model",
                 "tiny",
                 "--steps",
                 "4",
                 "--inversion-steps",
                 "5",
                 "--landmarks",
                 clip.landmarks,
                 "--source-landmarks",
                 clip.source_landmarks} +
           more;
  }
  Words filled(const std::string& out, const Words& more = {}) const {
    return words(out, Words{"--fill", "0"} + more);
  }
  bool holds(const std::string& name) const { return fs::exists(folder / name); }
};

}  // namespace

TEST_CASE("reenact: numbered pictures, manifest, mark; one digest at 1 and 2 threads") {
  const Setting s;
  const test::Result one = test::result_of(s.filled("a", {"--threads", "1"}));
  REQUIRE(one.code == kOk);
  CHECK(one.prints("frames: 3\n"));
  const test::Result two = test::result_of(s.filled("b", {"--threads", "2", "--batch", "1"}));
  CHECK(digest_line(one).size() == 64);
  CHECK(digest_line(one) == digest_line(two));

  CHECK(digest_line(test::result_of(s.filled("u", {"--no-clip"}))) != digest_line(one));

  const std::string frame = s.folder / ("a/000002" + test::picture_ending());
  const ImageInfo info = image_info(frame);
  CHECK(info.width == 32);
  CHECK(info.text.at("command") == "reenact");
  CHECK(info.text.at("steps") == "4");
  CHECK(info.text.at(std::string(kXmpKey)).find("trainedAlgorithmicMedia") != std::string::npos);
  const auto manifest = nlohmann::json::parse(text_of(s.folder / "a/manifest.json"));
  CHECK(manifest.at("frames_digest") == digest_line(one));
  CHECK(manifest.at("frames") == "3");
  CHECK(manifest.at("complete") == "yes");
  CHECK(manifest.at("preset") == "authors");
  CHECK(manifest.at("digital_source_type").get<std::string>().ends_with("trainedAlgorithmicMedia"));
  CHECK(manifest.dump().find(s.folder / "") == std::string::npos);  // no path
  CHECK_FALSE(s.holds("a/.lock"));

  const test::Result bare = test::result_of(s.filled("c", {"--no-manifest", "--quiet"}));
  CHECK(bare.err.empty());
  CHECK(text_of(s.folder / "c/manifest.json").find("\"steps\"") == std::string::npos);
  CHECK(text_of(s.folder / "c/manifest.json").find("trainedAlgorithmicMedia") != std::string::npos);
}

TEST_CASE("reenact: one picture drives one picture") {
  const Setting s(1);
  const Words base = s.filled("x");
  Words words = base;
  words[4] = s.clip.folder + "/0" + test::picture_ending();
  words[6] = s.folder / ("one" + test::picture_ending());
  CHECK(test::run(words) == kOk);
  CHECK(read_image(words[6]).shape() == Shape{32, 32, 3});
  CHECK(fs::exists(words[6] + ".json"));
  const Setting many;
  words = many.filled("y");
  words[6] = many.folder / ("one" + test::picture_ending());
  const test::Result refused = test::result_of(words);
  CHECK(refused.code == kUsage);
  CHECK(refused.says("a picture holds one frame, got a driver of 3"));
  CHECK_FALSE(fs::exists(words[6]));
}

TEST_CASE("reenact: the page shows the whole way and needs nothing from outside") {
  if (!has_image_format("png")) {
    MESSAGE("skipped: no libpng");
    return;
  }
  const Setting s(4);
  const std::string page = s.folder / "report.html";
  const test::Result r = test::result_of(s.filled("a", {"--report", page, "--side-by-side"}));
  REQUIRE(r.code == kOk);
  const std::string html = text_of(page);
  for (const char* part : {"its own driving picture", "x_T, where every frame begins",
                           "t = ", "landmarks and gaze points", "source, driver, result",
                           "frames</th>", "inversion", "weights_digest"}) {
    CAPTURE(part);
    CHECK(html.find(part) != std::string::npos);
  }
  CHECK(html.find(digest_line(r)) != std::string::npos);
  for (const char* outside : {"<script", "src=\"http", "href=", "url(", "@import"})
    CHECK(html.find(outside) == std::string::npos);
  std::size_t pictures = 0;
  for (std::size_t at = 0; (at = html.find("data:image/png;base64,iVBOR", at)) != std::string::npos;
       ++at)
    ++pictures;
  CHECK(pictures == 5 + 4 + 4 * 4);  // source; four steps; four frames
  CHECK(html.size() < 5'000'000);
  CHECK(base64("") == "");
  CHECK(base64("f") == "Zg==");
  CHECK(base64("fo") == "Zm8=");
  CHECK(base64("foobar") == "Zm9vYmFy");
  CHECK(read_image(s.folder / ("a/000000" + test::picture_ending())).shape() == Shape{32, 96, 3});
}

TEST_CASE("reenact: weights from a folder, from one file, under the authors' names") {
  const Setting s;
  const auto& config = diffusion::diffae_config("tiny");
  reenact::ReenactmentModel model(config, reenact::preset_of("authors"));
  nn::fill_by_name(model);
  const std::string want = digest_line(test::result_of(s.filled("want")));

  nn::StateDict all = nn::state_dict(model), authors, encoder, plain;
  for (const auto& [key, value] : all) {
    const bool unet = key.starts_with("ema_model.") || key.starts_with("model.");
    authors[(unet ? "state_dict_diff/" : "state_dict_net/") + key] = value;
    if (!unet) encoder[key] = value;
    if (!key.starts_with("ema_model.")) plain[key] = value;
  }
  write_safetensors(s.folder / "one.safetensors", all);
  write_safetensors(s.folder / "authors.safetensors", authors);
  fs::create_directory(s.folder / "w");
  write_safetensors(s.folder / "w/reenact-tiny.safetensors", all);
  for (const char* weights : {"one.safetensors", "authors.safetensors", "w"}) {
    CAPTURE(weights);
    const test::Result r =
        test::result_of(s.words("out-" + std::string(weights), {"--weights", s.folder / weights}));
    CHECK(r.code == kOk);
    CHECK(digest_line(r) == want);
  }
  // one copy alone serves both ways; asked for by name, the other is missed
  write_safetensors(s.folder / "plain.safetensors", plain);
  const std::string as_plain = digest_line(test::result_of(s.filled("p1", {"--preset", "plain"})));
  CHECK(digest_line(test::result_of(
            s.words("p2", {"--weights", s.folder / "plain.safetensors"}))) == as_plain);
  const test::Result missed = test::result_of(
      s.words("p3", {"--weights", s.folder / "plain.safetensors", "--preset", "authors"}));
  CHECK(missed.code == kWeights);
  CHECK(missed.says("ema_model.time_embed"));
  // the autoencoder's UNet stands in for copies that were not fine-tuned
  diffusion::DiffAE autoencoder(config);
  nn::fill_by_name(autoencoder);
  write_safetensors(s.folder / "w/reenact-tiny.safetensors", encoder);
  write_safetensors(s.folder / "w/diffae-tiny.safetensors", nn::state_dict(autoencoder));
  CHECK(test::run(s.words("d", {"--weights", s.folder / "w"})) == kOk);
  const auto manifest = nlohmann::json::parse(text_of(s.folder / "d/manifest.json"));
  CHECK(manifest.at("preset") == "ema");
  CHECK(manifest.at("weights") == "reenact-tiny.safetensors, diffae-tiny.safetensors");
}

TEST_CASE("reenact: all missing weights are named, with the folder that was searched") {
  const Setting s;
  fs::create_directory(s.folder / "w");
  Words words = s.words("out", {"--weights", s.folder / "w"});
  words.erase(std::find(words.begin(), words.end(), "--landmarks"), words.end());
  words = words + Words{"--weights", s.folder / "w"};
  const test::Result r = test::result_of(words);
  CHECK(r.code == kWeights);
  for (const std::string& part :
       {std::string(s.folder / "w"), std::string("reenact-tiny: "), std::string("tiny.estimator: "),
        std::string("tiny.gaze: "),
        std::string("not there: reenact-tiny.safetensors, "
                    "diffae-tiny.safetensors, tiny.estimator.safetensors, "
                    "tiny.gaze.safetensors")}) {
    CAPTURE(part);
    CHECK(r.says(part));
  }
  CHECK(test::run(s.words("out", {"--weights", s.folder / "none"})) == kInputRefused);
  write_safetensors(s.folder / "w/reenact-tiny.safetensors",
                    {{"zero_conv_1.bias", full({3}, 0)}, {"zero_conv_1.weight", full({3, 3}, 0)}});
  const test::Result bad = test::result_of(s.words("out", {"--weights", s.folder / "w"}));
  CHECK(bad.code == kWeights);
  CHECK(bad.says("zero_conv_1.weight must be [3, 3, 1, 1], got [3, 3]"));
}

TEST_CASE("reenact: networks find the faces; an unknown one is refused, --force goes on") {
  const Setting s(2, 64);
  nets::FaceEstimator estimator;
  nn::fill_by_name(estimator);
  nets::GazeEstimator gaze;
  nn::fill_by_name(gaze);
  reenact::ReenactmentModel model(diffusion::diffae_config("tiny"), reenact::preset_of("plain"));
  nn::fill_by_name(model);
  const auto write = [&](double confidence) {  // the last of the estimator's outputs
    nn::StateDict all = nn::state_dict(model);
    for (auto& [key, value] : nn::state_dict(estimator)) {
      Tensor mine = value.clone();
      if (key == "heads.weight" || key == "heads.bias") {
        const std::int64_t last = mine.size(0) - 1, width = mine.numel() / mine.size(0);
        for (std::int64_t i = 0; i < width; ++i)
          mine.mutate<float>()[last * width + i] =
              key == "heads.bias" ? static_cast<float>(confidence) : 0.0F;
      }
      all["estimator." + key] = mine;
    }
    for (auto& [key, value] : nn::state_dict(gaze)) all["gaze." + key] = value;
    write_safetensors(s.folder / "all.safetensors", all);
  };
  const auto run = [&](const std::string& out, const Words& more = {}) {
    return test::result_of(Words{"reenact", "--source", s.clip.source, "--driving", s.clip.folder,
                                 "--out", s.folder / out, "--model", "tiny", "--steps", "2",
                                 "--inversion-steps", "2", "--weights",
                                 s.folder / "all.safetensors"} +
                           more);
  };
  write(4.5);
  const test::Result known = run("known");
  CHECK(known.code == kOk);
  const auto manifest = nlohmann::json::parse(text_of(s.folder / "known/manifest.json"));
  CHECK(manifest.at("points") == "networks");
  CHECK(manifest.at("estimator_digest").get<std::string>().size() == 64);
  write(1.5);  // less than any drawn head has
  const test::Result unknown = run("unknown");
  CHECK(unknown.code == kInputRefused);
  CHECK(
      unknown.says("the source must show a face, got one that the model does not know "
                   "(confidence -1.500"));
  const test::Result forced = run("forced", {"--force"});
  CHECK(forced.code == kOk);
  CHECK(digest_line(forced) == digest_line(known));
}

TEST_SUITE("slow") {
  // not under AddressSanitizer, whose small blocks go back at once
  TEST_CASE("reenact: a shorter last batch leaves no more memory behind than full ones") {
    const auto left_by = [](int frames) {
      const Setting s(frames);
      release_cached_memory();
      REQUIRE(test::run(s.filled("a", {"--batch", "3"})) == kOk);
      return memory_stats().cached;
    };
    const std::size_t full = left_by(3);
    CHECK(full > 0);
    CHECK(left_by(5) <= full);
  }

  TEST_CASE("reenact: --device cuda makes the CPU's frames") {
    if (!start_test_device()) return;
    const Setting s(2);
    const test::Result host = test::result_of(s.filled("a"));
    const test::Result device = test::result_of(s.filled("b", {"--device", "cuda"}));
    REQUIRE(device.code == kOk);
    CHECK(digest_line(host).size() == 64);
    CHECK(digest_line(host) == digest_line(device));
    CHECK(test::starves_without_device_memory(s.filled("c", {"--device", "cuda"})));
  }

  TEST_CASE("reenact: every option of motion changes the frames and stands in the manifest") {
    const Setting s(3, 64);
    std::set<std::string> digests;
    int number = 0;
    const auto run = [&](const Words& words, const Words& more, const Words& facts) {
      const std::string out = "m" + std::to_string(number++);
      Words all = words + more;
      all[6] = s.folder / out;
      const test::Result r = test::result_of(all);
      CAPTURE(r.err);
      REQUIRE(r.code == kOk);
      const std::string manifest = text_of(s.folder / (out + "/manifest.json"));
      for (const char* key : {"motion", "reference_frame", "strength_pose", "strength_expression",
                              "strength_gaze", "strength_camera", "smoothing", "match_colour"}) {
        CAPTURE(key);
        const bool wanted = std::any_of(facts.begin(), facts.end(), [&](const std::string& fact) {
          return fact.starts_with("\"" + std::string(key) + "\": ");
        });
        CHECK((manifest.find("\"" + std::string(key) + "\"") != std::string::npos) == wanted);
      }
      for (const std::string& fact : facts) {
        CAPTURE(fact);
        CHECK(manifest.find(fact) != std::string::npos);
      }
      return digest_line(r);
    };
    struct Case {
      Words words, facts;
    };
    const Words strengths{"--pose", "1", "--expression", "1", "--gaze", "1", "--camera", "1"};
    const Words defaults{"--motion", "absolute", "--smoothing", "0"};
    const std::vector<Case> common = {
        {{"--motion", "relative"}, {R"("motion": "relative")", R"("reference_frame": "0")"}},
        {{"--motion", "relative", "--reference-frame", "2"},
         {R"("motion": "relative")", R"("reference_frame": "2")"}},
        {{"--smoothing", "0.75"}, {R"("smoothing": "0.75")"}},
        {{"--match-colour"}, {R"("match_colour": "yes")"}}};
    const std::vector<Case> regions = {
        {{"--pose", "0"}, {R"("strength_pose": "0")"}},
        {{"--expression", "0.5"}, {R"("strength_expression": "0.5")"}},
        {{"--gaze", "3"}, {R"("strength_gaze": "3")"}},
        {{"--camera", "2"}, {R"("strength_camera": "2")"}}};
    const auto all_of = [&](const Words& words, const std::vector<Case>& cases) {
      const std::string plain = run(words, {}, {});
      digests.insert(plain);
      CHECK(run(words, defaults + strengths, {}) == plain);
      for (const Case& c : cases) {
        CAPTURE(c.words[0]);
        CHECK(digests.insert(run(words, c.words, c.facts)).second);
      }
    };
    all_of(s.filled("x"), common);
    const Words tracked{"reenact",     "--source", s.clip.source, "--driving",
                        s.clip.folder, "--out",    "x",           "--model",
                        "tiny",        "--steps",  "4",           "--inversion-steps",
                        "5",           "--fill",   "0",           "--force"};
    std::vector<Case> all = common;
    all.insert(all.end(), regions.begin(), regions.end());
    all_of(tracked, all);
  }
}

TEST_CASE("reenact: with all strengths at 0 every frame is the source by itself") {
  const Setting s(2, 64);
  const auto run = [&](const std::string& out, const std::string& driver, const Words& more) {
    return digest_line(
        test::result_of(Words{"reenact", "--source", s.clip.source, "--driving", driver, "--out",
                              s.folder / out, "--model", "tiny", "--steps", "2",
                              "--inversion-steps", "2", "--fill", "0", "--force"} +
                        more));
  };
  fs::create_directory(s.folder / "self");
  for (const char* name : {"0", "1"})
    fs::copy_file(s.clip.source, s.folder / ("self/" + (name + test::picture_ending())));
  const std::string self = run("a", s.folder / "self", {});
  CHECK(self.size() == 64);
  CHECK(run("b", s.clip.folder, {}) != self);
  CHECK(run("c", s.clip.folder,
            {"--pose", "0", "--expression", "0", "--gaze", "0", "--camera", "0"}) == self);
  // nothing moves, so nothing is added
  fs::create_directory(s.folder / "still");
  for (const char* name : {"0", "1"})
    fs::copy_file(s.clip.folder + "/1" + test::picture_ending(),
                  s.folder / ("still/" + (name + test::picture_ending())));
  CHECK(run("d", s.folder / "still", {"--motion", "relative", "--pose", "2"}) == self);
}

TEST_CASE("reenact: what cannot be is refused before anything is written") {
  const Setting s;
  const std::string file = s.folder / "file";
  write_file(file, "x");
  const std::vector<std::tuple<int, std::string, Words>> bad = {
      {kUsage, "--weights or --fill", s.words("o")},
      {kUsage, "--weights or --fill", s.filled("o", {"--weights", file})},
      {kUsage, "did you mean", s.filled("o", {"--stepz", "3"})},
      {kUsage, "steps", s.filled("o", {"--preset", "emma"})},
      {kUsage, "given together",
       Words{"reenact", "--source", s.clip.source, "--driving", s.clip.folder, "--out",
             s.folder / "o", "--fill", "0", "--landmarks", s.clip.landmarks}},
      {kUsage, "fail or hold", s.filled("o", {"--on-missing", "skip"})},
      {kUsage, "0.1 to 1000", s.filled("o", {"--fps", "0"})},
      {kUsage, "25, 29.97 or 30000/1001", s.filled("o", {"--fps", "fast"})},
      {kUsage, "256 frames", s.filled("o", {"--batch", "1000"})},
      {kUsage, "absolute or relative", s.filled("o", {"--motion", "other"})},
      {kUsage, "must come with --motion relative", s.filled("o", {"--reference-frame", "1"})},
      {kUsage, "must be 0 or above",
       s.filled("o", {"--motion", "relative", "--reference-frame", "-1"})},
      {kUsage, "must be one of its 3 frames",
       s.filled("o", {"--motion", "relative", "--reference-frame", "3"})},
      {kUsage, "points do not tell them apart", s.filled("o", {"--pose", "0.5"})},
      {kUsage, "points do not tell them apart",
       s.filled("o", {"--motion", "relative", "--gaze", "0"})},
      {kUsage, "strength must be 0 (the source's own) to 3", s.filled("o", {"--camera", "4"})},
      {kUsage, "strength must be 0 (the source's own) to 3", s.filled("o", {"--gaze", "nan"})},
      {kUsage, "below 1", s.filled("o", {"--smoothing", "1"})},
      {kUsage, "below 1", s.filled("o", {"--smoothing", "-0.5"})},
  };
  for (const auto& [code, said, words] : bad) {
    CAPTURE(said);
    const test::Result r = test::result_of(words);
    CHECK(r.code == code);
    if (said != "steps") CHECK(r.says(said));
    CHECK_FALSE(fs::exists(s.folder / ("o/000000" + test::picture_ending())));
  }
  Words words = s.filled("o");
  for (const auto& [place, value] :
       {std::pair{2, file}, {2, s.folder / "none.png"}, {4, s.folder / "none.mp4"}, {14, file}}) {
    Words changed = words;
    changed[static_cast<std::size_t>(place)] = value;
    CAPTURE(place);
    CHECK(test::run(changed) != kOk);
  }
  for (const char* steps : {"0", "37", "-5", "1001"}) {
    Words changed = words;
    changed[10] = steps;
    CHECK(test::run(changed) == kUsage);
  }
  CHECK_FALSE(fs::exists(s.folder / ("o/000000" + test::picture_ending())));
  // a folder with something in it, and one that another run writes into
  write_file(s.folder / "o/mine.txt", "mine");
  CHECK(test::result_of(words).says("must be empty, got \"mine.txt\""));
  fs::remove(s.folder / "o/mine.txt");
  {
    const FileLock other(s.folder / "o/.lock");
    const test::Result r = test::result_of(words);
    CHECK(r.code == kResources);
    CHECK(r.says("one run at a time"));
  }
  CHECK(test::run(words) == kOk);
}

TEST_CASE("reenact: a driver of one picture has no motion to measure or to smooth") {
  const Setting s(1);
  CHECK(test::result_of(s.filled("o", {"--motion", "relative"})).says("it does not move"));
  CHECK(test::result_of(s.filled("o", {"--smoothing", "0.5"})).says("a driver of one picture"));
  CHECK_FALSE(fs::exists(s.folder / ("o/000000" + test::picture_ending())));
  CHECK(test::run(s.filled("o", {"--match-colour"})) == kOk);
}

TEST_CASE("reenact: sources of odd sizes, alpha, 16 bit, one pixel high or far too long") {
  const Setting s(1);
  Words words = s.filled("a");
  write_image(s.folder / "wide.ppm", full({37, 101, 3}, 90, DType::u8));
  words[2] = s.folder / "wide.ppm";
  CHECK(test::run(words) == kOk);
  write_image(s.folder / "line.ppm", full({1, 100, 3}, 90, DType::u8));
  words[2] = s.folder / "line.ppm";
  words[6] = s.folder / "b";
  const test::Result r = test::result_of(words);
  CHECK(r.code == kInputRefused);
  CHECK(r.says("line.ppm"));
}

TEST_CASE("reenact: Ctrl-C keeps the frames that are done and ends with 130") {
  const Setting s(60);
  const std::string log = s.folder / "log";
  // SIGINT when the second frame is in the log; the program holds the handler meanwhile
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    for (int i = 0; i < 3000; ++i) {
      ::usleep(10'000);
      if (text_of(log).find("\"index\":1,") != std::string::npos) {
        ::kill(::getppid(), SIGINT);
        break;
      }
    }
    ::_exit(0);
  }
  const test::Result r =
      test::result_of(s.filled("a", {"--batch", "1", "--log-json", log, "--threads", "1"}));
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  CHECK(r.code == kInterrupted);
  const auto manifest = nlohmann::json::parse(text_of(s.folder / "a/manifest.json"));
  CHECK(manifest.at("complete") == "no");
  const int kept = std::stoi(manifest.at("frames").get<std::string>());
  CHECK(kept >= 2);
  CHECK(kept < 60);
  std::size_t pictures = 0;
  for (const auto& entry : fs::directory_iterator(s.folder / "a"))
    pictures += entry.path().extension() == test::picture_ending();
  CHECK(static_cast<int>(pictures) == kept);
}

TEST_CASE(
    "reenact: video in and out, with the driver's rate and sound; a cut one keeps its frames") {
  static int skipped = 0;
  if (!has_ffmpeg()) {
    MESSAGE("skipped: no ffmpeg (" << ++skipped << ")");
    return;
  }
  const Setting s(12);
  const std::string driver = s.folder / "d.mp4";
  ChildProcess make({find_program("ffmpeg"), "-v", "error", "-nostdin", "-f", "lavfi", "-i",
                     "testsrc=size=64x48:rate=24:duration=0.5", "-f", "lavfi", "-i",
                     "sine=duration=0.5", "-movflags", "+faststart", driver},
                    ChildPipe::gives);
  REQUIRE(make.wait() == 0);
  Words words = s.filled("o.mp4", {"--side-by-side"});
  words[4] = driver;
  REQUIRE(test::run(words) == kOk);
  const VideoInfo info = video_info(s.folder / "o.mp4");
  CHECK(info.frames == 12);
  CHECK(info.rate == FrameRate{24, 1});
  CHECK(info.sound);
  CHECK(info.width == 96);
  const auto manifest = nlohmann::json::parse(text_of(s.folder / "o.mp4.json"));
  CHECK(manifest.at("frame_rate") == "24");
  const test::Result told = test::result_of({"info", s.folder / "o.mp4", "--json"});
  const auto facts = nlohmann::json::parse(told.out);
  CHECK(facts.at("digital_source_type").get<std::string>().ends_with("trainedAlgorithmicMedia"));
  CHECK(facts.at("metadata").at("frames_digest") == manifest.at("frames_digest"));
  CHECK(facts.at("frames") == 12);
  CHECK(test::result_of(words + Words{"--fps", "10"}).says("must be left to a driver"));

  fs::resize_file(driver, fs::file_size(driver) * 3 / 4);
  words[6] = s.folder / "cut.mp4";
  const test::Result cut = test::result_of(words + Words{"--batch", "1"});
  CHECK(cut.code == kInputRefused);
  CHECK(cut.says("ffmpeg: \""));
  const VideoInfo kept = video_info(s.folder / "cut.mp4");
  CHECK(kept.frames > 0);
  CHECK(kept.frames < 12);
  CHECK(text_of(s.folder / "cut.mp4.json").find("\"complete\": \"no\"") != std::string::npos);
}

TEST_CASE("net: the reenactment encoder under the authors' keys, run on plain tensors") {
  std::string list;
  for (const test::KeyLine& line : test::read_keys("diffusionact_net.txt"))
    list += line.key + "\t" + line.dtype + "\t" + line.shape + "\n";
  CHECK(key_lines(*make_network("reenact-ffhq256.encoder")) == list);

  const test::TestFolder folder;
  const Tensor image = rand({2, 3, 32, 32}, {.use = "image"}),
               y = rand({2, 3, 32, 32}, {.use = "y"});
  write_safetensors(folder / "in", {{"image", image}, {"cond", y}});
  REQUIRE(test::run({"net", "run", "reenact-tiny.encoder", "--fill", "0", "--inputs", folder / "in",
                     "--output", folder / "out"}) == kOk);
  reenact::ReenactmentEncoder encoder(diffusion::diffae_config("tiny"));
  nn::fill_by_name(encoder);
  CHECK(digest_of(read_safetensors(folder / "out").tensors.at("z_r")) ==
        digest_of(encoder(Var(image), Var(y)).value()));
}
