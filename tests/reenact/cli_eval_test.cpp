// `eval` as its user has it: tables in three forms, parts that are kept, weights that are missing.
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "io/file.hpp"
#include "reenact/cli/eval_report.hpp"
#include "reenact/cli/exit_codes.hpp"
#include "tests/cuda/device.hpp"
#include "tests/reenact/program.hpp"

using namespace dact;
using namespace dact::cli;
using eval::Metric;
using eval::TableKind;

namespace {

constexpr std::uint64_t kLargest = std::uint64_t{1} << 26;

eval::UnitRow eval_row(std::string_view name, Metric metric, const std::vector<double>& values) {
  eval::UnitRow row;
  row.name = std::string(name);
  row.frames = static_cast<std::int64_t>(values.size());
  row.measures[metric] = values;
  row.shown = full({2, 8, 8, 3}, 100, DType::u8);
  return row;
}

std::string digest_in(const test::Result& r) {
  const std::size_t at = r.out.find("\ndigest: ");
  return at == std::string::npos ? "" : r.out.substr(at + 9, 64);
}

}  // namespace

TEST_CASE("eval: the same tables as JSON, Markdown and HTML, the paper's marked as other data") {
  const double inf = std::numeric_limits<double>::infinity();
  const std::vector<eval::UnitResult> units{{{TableKind::self, 0},
                                             {eval_row(eval::kOurs, Metric::psnr, {20.25, 21.25}),
                                              eval_row(eval::kTarget, Metric::psnr, {inf, inf}),
                                              eval_row(eval::kCopy, Metric::psnr, {16.5, 16.5})}}};
  EvalFacts facts = eval_facts(units);
  facts.set = "bench-v1";
  facts.filled = true;
  const auto json = nlohmann::json::parse(eval_json(facts));
  CHECK(json["weights_by_formula"] == true);
  const auto& self = json["tables"][0];
  CHECK(self["name"] == "self");
  CHECK(self["rows"][0]["metrics"]["psnr"]["mean"] == 20.75);
  CHECK(self["rows"][1]["metrics"]["psnr"]["mean"] == "inf");
  CHECK_FALSE(self["rows"][0]["metrics"].contains("apd"));
  CHECK(self["published"][0]["other_data"] == true);
  CHECK(self["published"][0]["metrics"]["lpips"] == 0.24);
  int above = 0;
  for (const auto& gate : json["gates"])
    if (gate["name"] == "self: PSNR above the copy") {
      CHECK(gate["value"] == 4.25);
      CHECK(gate["met"] == true);
      CHECK(gate["is_good"] == false);
      ++above;
    } else if (gate["name"] == "autoencoding, PSNR") {
      CHECK(gate["met"].is_null());
      ++above;
    }
  CHECK(above == 2);
  const std::string text = eval_markdown(facts);
  CHECK(text.find("| reenacted | 20.75 | 2 | 0 |") != std::string::npos);
  CHECK(text.find("*19.7*") != std::string::npos);
  CHECK(text.find("the figures mean nothing") != std::string::npos);
  CHECK(text.find("other data") != std::string::npos);
  const std::string page = eval_html(facts, units);
  CHECK(page.find("<td class=\"n\">20.75</td>") != std::string::npos);
  CHECK(page.find("src=\"http") == std::string::npos);
}

TEST_CASE("eval: what cannot be is refused, and every missing network is named") {
  const test::Folder folder;
  const auto eval = [&](std::vector<std::string> more) {
    std::vector<std::string> words{"eval", "--out", folder.file("out")};
    words.insert(words.end(), more.begin(), more.end());
    return test::result_of(words);
  };
  CHECK(eval({"--fill", "0", "--set", "bench-v9"}).code == kUsage);
  CHECK(eval({"--fill", "0", "--points", "guessed"}).code == kUsage);
  CHECK(eval({"--fill", "0", "--model", "tiny"}).says("64 pixels"));
  CHECK(eval({"--model", "ffhq256"}).code == kUsage);  // does not come with the program
  std::filesystem::create_directories(folder.file("w"));
  const test::Result r = eval({"--weights", folder.file("w")});
  CHECK(r.code == kWeights);
  for (const std::string& name :
       std::vector<std::string>{"reenact-heads64", "diffae-heads64", "heads64.estimator",
                                "heads64.gaze", "heads64.judge-estimator", "heads64.judge-gaze",
                                "heads64.judge-embedder", "heads64.judge-parser"}) {
    CAPTURE(name);
    CHECK(r.says(name));
  }
  CHECK(r.says(folder.file("w")));
}

TEST_SUITE("slow") {
  TEST_CASE(
      "eval: a clip from end to end on formula weights; the second run goes on from the first") {
    const test::Folder folder;
    const auto eval = [&](const std::string& out, std::vector<std::string> more) {
      std::vector<std::string> words{"eval",
                                     "--fill",
                                     "0",
                                     "--limit",
                                     "1",
                                     "--steps",
                                     "2",
                                     "--inversion-steps",
                                     "2",
                                     "--step-clips",
                                     "0",
                                     "--least-confidence",
                                     "-1e30",
                                     "--out",
                                     folder.file(out)};
      words.insert(words.end(), more.begin(), more.end());
      return test::result_of(words);
    };
    const test::Result first = eval("a", {"--threads", "1"});
    REQUIRE_MESSAGE(first.code == kOk, first.err);
    const auto json = nlohmann::json::parse(read_file(folder.file("a/eval.json"), kLargest));
    CHECK(json["clips"] == 1);
    CHECK(json["tables"][0]["rows"].size() == 6);
    CHECK(json["digest"] == digest_in(first));
    CHECK(folder.holds("a/eval.md"));
    CHECK(folder.holds("a/eval.html"));
    // a part is gone: it alone is done again
    REQUIRE(std::filesystem::remove(folder.file("a/units/cross-000.safetensors")));
    const test::Result again = eval("a", {"--threads", "2", "--batch", "3"});
    CHECK(again.code == kOk);
    CHECK(again.says("parts were done before"));
    CHECK(digest_in(again) == digest_in(first));
    const test::Result other = eval("a", {"--steps", "4"});
    CHECK(other.code == kUsage);
  }

  TEST_CASE("eval: --device cuda computes there (its bits: eval_test.cpp, on small networks)") {
    if (!start_test_device()) return;
    const test::Folder folder;
    CHECK(test::starves_without_device_memory(
        {"eval", "--fill", "0", "--limit", "1", "--out", folder.file("out"), "--device", "cuda"}));
  }
}
