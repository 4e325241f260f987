// `train` as its user meets it: settings, folders of clips, runs that are stopped, killed and resumed, what they leave.
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <thread>

#include "io/file.hpp"
#include "io/safetensors.hpp"
#include "reenact/cli/clip_folder.hpp"
#include "reenact/cli/exit_codes.hpp"
#include "reenact/cli/networks.hpp"
#include "reenact/cli/train_config.hpp"
#include "reenact/cli/train_report.hpp"
#include "reenact/train/diffae_recipe.hpp"
#include "reenact/train/world_source.hpp"
#include "tensor/digest.hpp"
#include "tensor/error.hpp"
#include "tests/reenact/program.hpp"

using namespace dact;
using namespace dact::cli;

namespace {

constexpr char kChildCase[] = "child process: the words of DACT_TRAIN_WORDS";

// Two people, two clips each, three frames, 64 pixels.
world::DatasetPlan small_plan() {
  return {.population = 7, .identities = 2, .clips = 2, .frames = 3, .every = 5, .size = 64};
}
const std::string& clips() {
  static const test::Folder folder;
  static const std::string path = [] {
    world::write_dataset(small_plan(), folder.file("clips"), {});
    return folder.file("clips");
  }();
  return path;
}

std::vector<std::string> train_words(const std::string& out, const std::string& steps) {
  return {"train",         "gaze",  "--out",    out,   "--data",       clips(),
          "--held-out",    clips(), "--steps",  steps, "--batch",      "4",
          "--micro-batch", "2",     "--judged", "4",   "--save-every", "2",
          "--log-every",   "1",     "--warmup", "2",   "--seed",       "3"};
}
std::vector<std::string> with(std::vector<std::string> words,
                              const std::vector<std::string>& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

std::string text_of(const std::string& path) { return read_file(path, 1 << 26); }

// This binary again, with the words in its environment.
pid_t start_child(const std::vector<std::string>& words) {
  std::string joined;
  for (const std::string& word : words) joined += (joined.empty() ? "" : "\n") + word;
  const pid_t child = ::fork();
  if (child != 0) return child;
  ::setenv("DACT_TRAIN_WORDS", joined.c_str(), 1);
  const std::string filter = std::string("-tc=") + kChildCase;
  ::execl("/proc/self/exe", "reenact_test", filter.c_str(), "--no-skip", nullptr);
  ::_exit(127);
}

int wait_for(pid_t child) {
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}

bool has_checkpoint(const std::string& folder) {
  std::error_code error;
  for (std::filesystem::directory_iterator it(folder, error), end; !error && it != end; ++it)
    if (it->path().extension() == ".safetensors") return true;
  return false;
}
void wait_for_checkpoint(const std::string& folder) {
  for (int i = 0; i < 2400 && !has_checkpoint(folder); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(25));
  REQUIRE(has_checkpoint(folder));
}

}  // namespace

TEST_CASE("child process: the words of DACT_TRAIN_WORDS" * doctest::skip()) {
  const char* joined = std::getenv("DACT_TRAIN_WORDS");
  REQUIRE(joined != nullptr);
  std::vector<std::string> words;
  std::istringstream lines(joined);
  for (std::string word; std::getline(lines, word);) words.push_back(word);
  words.insert(words.begin(), "diffusionact");
  std::vector<const char*> argv;
  for (const std::string& word : words) argv.push_back(word.c_str());
  ::_exit(run_program(static_cast<int>(argv.size()), argv.data()));
}

TEST_CASE("train: settings from the recipe, then the file, then the flags") {
  const test::Folder folder;
  write_file(folder.file("c.json"), R"({"recipe": "gaze", "batch": 12, "learning_rate": 0.5})");
  const test::Result dumped = test::result_of(
      {"train", "gaze", "--config", folder.file("c.json"), "--batch", "5", "--dump-config"});
  CHECK(dumped.code == kOk);
  CHECK(dumped.prints("\"batch\": 5"));
  CHECK(dumped.prints("\"learning_rate\": 0.5"));
  write_file(folder.file("all.json"), dumped.out);
  CHECK(test::result_of({"train", "gaze", "--config", folder.file("all.json"), "--dump-config"})
            .out == dumped.out);
  CHECK(test::result_of({"train", "stage2", "--dump-config"}).prints("\"learning_rate\": 0.0001"));
  const auto refused = [&](const std::string& json, const std::string& why) {
    write_file(folder.file("bad.json"), json);
    const test::Result r =
        test::result_of({"train", "gaze", "--config", folder.file("bad.json"), "--dump-config"});
    CHECK(r.code == kUsage);
    CHECK_MESSAGE(r.says(why), r.err);
  };
  refused(R"({"bacth": 4})", "did you mean batch?");
  refused(R"({"batch": "four"})", "batch must be a whole number, got \"four\"");
  refused(R"({"recipe": "style"})", "recipe must be gaze, got \"style\"");
  CHECK(test::result_of({"train", "gazze", "--dump-config"}).says("did you mean gaze?"));
  CHECK(test::result_of({"train", "gaze", "--batch", "x", "--dump-config"}).says("a whole number"));
  CHECK(test::result_of({"train", "gaze"}).says("--out must name a folder"));
}

TEST_CASE("train: an evaluation without swapped pairs, and batches of nothing") {
  const auto data = open_clip_folder(clips(), 11);
  train::DiffAEOptions options{.ridge_fit = 4, .ridge_test = 4, .swap_pairs = 0};
  const auto recipe = train::make_diffae_recipe(*data, *data, options);
  for (const auto& [name, value] : recipe->evaluate()) CHECK_MESSAGE(name.starts_with("r2."), name);
  CHECK_FALSE(recipe->grid().defined());
  const auto refused = [&](const std::vector<std::string>& more, const std::string& why) {
    const test::Folder folder;
    const test::Result r =
        test::result_of(with({"train", "diffae", "--out", folder.file("run"), "--data", clips(),
                              "--held-out", clips(), "--steps", "1"},
                             more));
    CHECK(r.code == kUsage);
    CHECK_MESSAGE(r.says(why), r.err);
  };
  refused({"--judged", "4", "--swap-pairs", "-1"}, "swap_pairs must be 0 or more, got -1");
  refused({"--judged", "0"}, "a batch must have 1 picture or more, got 0");
}

TEST_CASE("train: a folder of clips gives the bits of the world that it was made of") {
  const auto folder = open_clip_folder(clips(), 11);
  const train::WorldSource world(small_plan(), 11);
  CHECK(folder->people() == world.people());
  CHECK(folder->size() == world.size());
  for (std::int64_t step = 0; step < 3; ++step) {
    const train::Pairs a = folder->pairs(step, 1, 3), b = world.pairs(step, 1, 3);
    const train::Batch c = folder->pictures(step, 0, 2), d = world.pictures(step, 0, 2);
    for (Tensor train::Batch::*field : train::kBatchFields) {
      if (!(d.*field).defined()) continue;
      CHECK(digest_of(a.source.*field) == digest_of(b.source.*field));
      CHECK(digest_of(a.target.*field) == digest_of(b.target.*field));
      CHECK(digest_of(c.*field) == digest_of(d.*field));
    }
    CHECK(digest_of(a.source.image) != digest_of(a.target.image));
    CHECK(digest_of(a.source.person) == digest_of(a.target.person));
  }
  CHECK_THROWS_AS(train::WorldSource({.population = world::kFirstBenchPopulation}, 0), UsageError);
}

TEST_CASE("train: damaged folders of clips are refused by file and line") {
  const test::Folder copy;
  const std::string path = copy.file("clips");
  const auto fresh = [&] {
    std::filesystem::remove_all(path);
    std::filesystem::copy(clips(), path, std::filesystem::copy_options::recursive);
  };
  const auto load_all = [&] { open_clip_folder(path, 0)->pictures(0, 0, 64); };
  const std::string first = path + "/clips/00000_000";
  fresh();
  CHECK_NOTHROW(load_all());
  std::filesystem::remove(first + "/000001.png");
  CHECK_THROWS_WITH_AS(load_all(), doctest::Contains("000001.png"), IoError);
  fresh();
  std::string lines = text_of(first + "/frames.jsonl");
  write_file(first + "/frames.jsonl", lines.substr(0, lines.size() / 2));
  CHECK_THROWS_WITH_AS(load_all(), doctest::Contains("frames.jsonl:2: must be JSON"), IoError);
  fresh();
  lines.replace(lines.find("\"jaw\""), 5, "\"jar\"");
  write_file(first + "/frames.jsonl", lines);
  CHECK_THROWS_WITH_AS(load_all(), doctest::Contains("frames.jsonl:1: must hold the field jaw"),
                       IoError);
  write_file(path + "/manifest.json", "{}");
  CHECK_THROWS_WITH_AS(load_all(), doctest::Contains("manifest.json: must hold the field format"),
                       IoError);
}

TEST_CASE("train: one digest at 1 and 2 threads, after Ctrl-C, after kill -9") {
  const test::Folder folder;
  const auto whole = test::result_of(with(train_words(folder.file("a"), "8"), {"--threads", "1"}));
  REQUIRE_MESSAGE(whole.code == kOk, whole.err);
  const auto threads =
      test::result_of(with(train_words(folder.file("b"), "8"), {"--threads", "2"}));
  CHECK(threads.out == whole.out);
  CHECK(text_of(folder.file("a/gaze.safetensors")) == text_of(folder.file("b/gaze.safetensors")));

  const auto again = test::result_of(train_words(folder.file("a"), "8"));
  CHECK(again.code == kUsage);
  CHECK(again.says("continue with --resume"));

  // interrupted: finishes the step, saves, says 130; resumed with another number of threads
  const pid_t polite = start_child(with(train_words(folder.file("c"), "8"), {"--threads", "2"}));
  wait_for_checkpoint(folder.file("c"));
  ::kill(polite, SIGINT);
  const int status = wait_for(polite);
  REQUIRE(WIFEXITED(status));
  CHECK((WEXITSTATUS(status) == kInterrupted ||
         WEXITSTATUS(status) == kOk));  // it may just have ended
  if (WEXITSTATUS(status) == kInterrupted)
    CHECK(test::result_of(with(train_words(folder.file("c"), "8"), {"--resume", "--threads", "1"}))
              .out == whole.out);

  const pid_t killed = start_child(with(train_words(folder.file("d"), "8"), {"--threads", "1"}));
  wait_for_checkpoint(folder.file("d"));
  ::kill(killed, SIGKILL);
  wait_for(killed);
  const auto resumed = test::result_of(with(train_words(folder.file("d"), "8"), {"--resume"}));
  CHECK_MESSAGE(resumed.out == whole.out, resumed.err);
  // the log of a resumed run has every step once
  std::istringstream log(text_of(folder.file("d/log.jsonl")));
  int steps = 0;
  for (std::string line; std::getline(log, line);)
    steps += line.find("\"event\":\"step\"") != std::string::npos ? 1 : 0;
  CHECK(steps == 8);

  const auto other =
      test::result_of(with(train_words(folder.file("d"), "8"), {"--resume", "--clip", "2"}));
  CHECK(other.code == kUsage);
  CHECK(other.says("got others: clip"));
}

TEST_SUITE("slow") {
  TEST_CASE("train: --device cuda ends with the CPU's weights") {
    if (!start_test_device()) return;
    const test::Folder folder;
    const auto host = test::result_of(train_words(folder.file("a"), "1"));
    const std::vector<std::string> words =
        with(train_words(folder.file("b"), "1"), {"--device", "cuda"});
    const auto device = test::result_of(words);
    REQUIRE_MESSAGE(device.code == kOk, device.err);
    CHECK(device.out == host.out);
    CHECK(text_of(folder.file("a/gaze.safetensors")) == text_of(folder.file("b/gaze.safetensors")));
    CHECK(test::starves_without_device_memory(
        with(train_words(folder.file("c"), "1"), {"--device", "cuda"})));
  }
}

TEST_CASE("train: what a run leaves") {
  const test::Folder folder;
  const std::string out = folder.file("run");
  std::vector<std::string> words = train_words(out, "3");
  words[1] = "parser";
  const auto run = test::result_of(words);
  REQUIRE_MESSAGE(run.code == kOk, run.err);
  const TensorFile file = read_safetensors(out + "/parser.safetensors");
  CHECK(file.tensors.at("trunk.stem.weight").dtype() == DType::f16);
  CHECK(file.metadata.at("commands") ==
        "diffusionact train parser --config parser.json --out runs/parser --seed 3");
  const std::string html = text_of(out + "/report.html"), card = text_of(out + "/parser.md");
  CHECK(html.find("data:image/png;base64,iVBOR") != std::string::npos);
  CHECK(html.find("<svg") != std::string::npos);
  CHECK(html.find("src=\"http") == std::string::npos);
  CHECK(html.find("href") == std::string::npos);
  CHECK(card.find(file.metadata.at("weights_digest")) != std::string::npos);
  CHECK(card.find("| miou |") != std::string::npos);
  const auto network = make_network("heads64.parser");
  load_weights(*network, out + "/parser.safetensors");
  CHECK(nn::weights_digest(network->module()) == file.metadata.at("weights_digest"));
  // the settings beside the card make the same run again
  const auto again = test::result_of({"train", "parser", "--config", out + "/parser.json", "--out",
                                      folder.file("again"), "--seed", "3"});
  CHECK(again.out == run.out);
  // a second run that begins with the file: its chain has both commands
  std::vector<std::string> more = train_words(folder.file("more"), "2");
  more[1] = "parser";
  const auto next = test::result_of(with(more, {"--init-from", out + "/parser.safetensors"}));
  REQUIRE_MESSAGE(next.code == kOk, next.err);
  const auto chain =
      read_safetensors(folder.file("more/parser.safetensors")).metadata.at("commands");
  CHECK(chain ==
        "diffusionact train parser --config parser.json --out runs/parser --seed 3\n"
        "diffusionact train parser --config parser.2.json --out runs/parser.2 --seed 3 "
        "--init-from runs/parser/parser.safetensors");
  CHECK(folder.holds("more/parser.2.json"));  // beside the first run's settings, not in their place
  CHECK_FALSE(folder.holds("more/parser.json"));
  CHECK(next.out != run.out);
  // stages share a name but no recipe: it is the name that counts
  more[3] = folder.file("other");
  const auto other =
      test::result_of(with(more, {"--init-from", out + "/parser.safetensors", "--name", "pars"}));
  REQUIRE_MESSAGE(other.code == kOk, other.err);
  CHECK(folder.holds("other/pars.json"));
}

TEST_CASE("train: curves of a log, thinned and drawn") {
  const test::Folder folder;
  std::string log;
  for (int i = 1; i <= 1000; ++i)
    log +=
        "{\"event\":\"step\",\"pictures\":" + std::to_string(i) +
        ",\"loss\":" + std::to_string(1.0 / i) +
        ",\"terms\":{\"a<b\":null},\"rate\":0.1,\"gradient_norm\":1,\"pictures_per_second\":2}\n";
  write_file(folder.file("log.jsonl"), log);
  const std::vector<Curve> curves = curves_of_log(folder.file("log.jsonl"));
  REQUIRE(curves.size() == 4);  // a term that never was a number has none
  CHECK(curves[0].name == "loss");
  CHECK(curves[0].y.size() == 1000);
  const std::string svg = curves_svg(curves);
  CHECK(svg.find("loss (log)") != std::string::npos);
  CHECK(svg.size() < 100'000);
  write_file(folder.file("log.jsonl"), "no JSON\n");
  CHECK_THROWS_AS(curves_of_log(folder.file("log.jsonl")), IoError);
}
