// `compare`: pictures, folders, landmarks, as the command reports them.
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "io/file.hpp"
#include "io/frames.hpp"
#include "io/image.hpp"
#include "io/npy.hpp"
#include "io/video.hpp"
#include "reenact/cli/exit_codes.hpp"
#include "reenact/cli/program.hpp"
#include "tests/support/golden.hpp"

using namespace dact;
using namespace dact::cli;

namespace {

using Report = nlohmann::json;

// An empty folder that goes with the test.
struct CompareFolder {
  std::filesystem::path path;
  CompareFolder() {
    static int count = 0;
    path = std::filesystem::temp_directory_path() /
           ("dact_compare_" + std::to_string(getpid()) + "_" + std::to_string(count++));
    std::filesystem::create_directories(path / "a");
    std::filesystem::create_directories(path / "b");
  }
  ~CompareFolder() { std::filesystem::remove_all(path); }
  std::string at(const std::string& name) const { return (path / name).string(); }
};

int compare(const CompareFolder& folder, std::vector<std::string> words) {
  words.insert(words.begin(), {"diffusionact", "--quiet", "compare"});
  words.insert(words.end(), {"--json", folder.at("report.json")});
  std::vector<const char*> argv;
  for (const std::string& word : words) argv.push_back(word.c_str());
  return run_program(static_cast<int>(argv.size()), argv.data());
}

Report report_of(const CompareFolder& folder) {
  return Report::parse(read_file(folder.at("report.json"), 1 << 20));
}

const Tensor& metrics_file(const std::string& name) {
  static const TensorFile file = read_safetensors(test::golden_path("metrics.safetensors"));
  return file.tensors.at(name);
}

// Three frames a side: the golden pair, an equal pair, the golden pair again.
void write_clips(const CompareFolder& folder) {
  const Tensor &a = metrics_file("image_a_u8"), &b = metrics_file("image_b_u8");
  for (const char* name : {"a/0002.ppm", "a/0001.ppm", "b/2.ppm", "a/0003.ppm"})
    write_image(folder.at(name), a);
  for (const char* name : {"b/1.ppm", "b/3.ppm"}) write_image(folder.at(name), b);
  write_file(folder.at("b/notes.txt"), "no picture");
}

}  // namespace

TEST_CASE("compare: two pictures give the golden values") {
  const CompareFolder folder;
  write_clips(folder);
  REQUIRE(compare(folder, {folder.at("a/0001.ppm"), folder.at("b/1.ppm")}) == kOk);
  const Report report = report_of(folder);
  CHECK(report["frames"] == 1);
  const auto near = [&](const char* metric, const char* name) {
    const double want = metrics_file(name).item();
    return std::fabs(report["metrics"][metric]["mean"].get<double>() - want) <= 1e-6 * want;
  };
  CHECK(near("psnr", "psnr_01"));
  CHECK(near("l1", "l1_pm1"));
  CHECK(near("ssim", "ssim_gauss11"));
  CHECK(report["metrics"]["psnr"]["unit"] == "dB");
  CHECK_FALSE(report["metrics"].contains("nme_box"));
}

TEST_CASE("compare: folders by the order of names, with extremes and landmarks") {
  const CompareFolder folder;
  write_clips(folder);
  write_npy(folder.at("target.npy"), metrics_file("lm_target"));
  auto points = metrics_file("lm_reenacted").to_vector<double>();
  points[68 * 2 * 2 + 1] = std::numeric_limits<double>::quiet_NaN();  // no face in frame 3
  write_safetensors(folder.at("result.safetensors"),
                    {{"landmarks", from_vector(points, {3, 68, 2})}, {"other", zeros({1})}});
  REQUIRE(compare(folder,
                  {folder.at("a"), folder.at("b"), "--target-landmarks", folder.at("target.npy"),
                   "--result-landmarks", folder.at("result.safetensors")}) == kOk);
  const Report report = report_of(folder);
  CHECK(report["frames"] == 3);
  const Report& l1 = report["metrics"]["l1"];
  CHECK(l1["mean"].get<double>() ==
        doctest::Approx(metrics_file("l1_pm1").item() * 2 / 3).epsilon(1e-6));
  CHECK(l1["lowest"] == Report{{"value", 0.0}, {"frame", "2.ppm"}});
  CHECK(l1["highest"]["frame"] == "1.ppm");
  CHECK(report["metrics"]["psnr"]["highest"] == Report{{"value", "inf"}, {"frame", "2.ppm"}});
  CHECK(report["per_frame"][2]["target"] == "0003.ppm");
  CHECK(report["per_frame"][1]["ssim"] == 1);
  const Report& nme = report["metrics"]["nme_box"];
  CHECK(nme["left_out"] == 1);
  CHECK(report["per_frame"][2]["nme_box"].is_null());
  const auto want = metrics_file("nme_bbox_x1000").to_vector<double>();
  CHECK(nme["mean"].get<double>() == doctest::Approx((want[0] + want[1]) / 2).epsilon(1e-6));
  CHECK(report["metrics"]["jitter_target"]["mean"].get<double>() > 0);
  CHECK(report["metrics"]["jitter_result"]["left_out"] == 1);
  CHECK_FALSE(report["per_frame"][0].contains("jitter_target"));
  CHECK(report["per_frame"][1].contains("jitter_target"));
}

TEST_CASE("compare: what does not fit is refused, and nothing is written") {
  const CompareFolder folder;
  write_clips(folder);
  const std::string a = folder.at("a"), one = folder.at("a/0001.ppm");
  CHECK(compare(folder, {a, one}) == kInputRefused);                         // 3 against 1
  CHECK(compare(folder, {one, folder.at("none.png")}) == kInputRefused);     // no such file
  CHECK(compare(folder, {folder.at("x.MP4"), one}) == kInputRefused);        // no such video
  CHECK(compare(folder, {one, folder.at("b/notes.txt")}) == kInputRefused);  // no picture
  std::filesystem::create_directory(folder.at("empty"));
  CHECK(compare(folder, {folder.at("empty"), a}) == kInputRefused);
  write_image(folder.at("small.ppm"), full({96, 127, 3}, 5, DType::u8));
  CHECK(compare(folder, {one, folder.at("small.ppm")}) == kInputRefused);
  write_npy(folder.at("two.npy"), zeros({2, 68, 2}));
  CHECK(compare(folder, {a, folder.at("b"), "--target-landmarks", folder.at("two.npy")}) ==
        kInputRefused);
  CHECK(compare(folder, {one, one, "--target-landmarks", folder.at("lm.txt")}) == kUsage);
  CHECK(compare(folder, {one}) == kUsage);
  CHECK_FALSE(std::filesystem::exists(folder.at("report.json")));
  CHECK(compare(folder, {one, one}) == kOk);
  CHECK(report_of(folder)["metrics"]["psnr"]["mean"] == "inf");
}

TEST_CASE("compare: videos frame by frame, of equal length only") {
  if (!has_ffmpeg()) {
    MESSAGE("not run: no ffmpeg here");
    return;
  }
  const CompareFolder folder;
  write_clips(folder);
  const Tensor &a = metrics_file("image_a_u8"), &b = metrics_file("image_b_u8");
  const auto write = [&](const std::string& name, const std::vector<Tensor>& frames) {
    const auto writer = create_frames(folder.at(name), {});
    for (const Tensor& frame : frames) writer->write(frame);
    writer->finish();
  };
  write("three.mp4", {a, a, a});
  write("other.mp4", {a, b, a});
  write("two.mp4", {a, b});
  REQUIRE(compare(folder, {folder.at("three.mp4"), folder.at("three.mp4")}) == kOk);
  CHECK(report_of(folder)["frames"] == 3);
  CHECK(report_of(folder)["metrics"]["psnr"]["mean"] == "inf");
  REQUIRE(compare(folder, {folder.at("three.mp4"), folder.at("other.mp4")}) == kOk);
  CHECK(report_of(folder)["metrics"]["l1"]["highest"]["frame"] == "frame 1");
  REQUIRE(compare(folder, {folder.at("a"), folder.at("three.mp4")}) == kOk);
  CHECK(report_of(folder)["per_frame"][2]["target"] == "0003.ppm");
  CHECK(compare(folder, {folder.at("three.mp4"), folder.at("two.mp4")}) == kInputRefused);
  CHECK(compare(folder, {folder.at("two.mp4"), folder.at("three.mp4")}) == kInputRefused);
  CHECK(compare(folder, {folder.at("two.mp4"), folder.at("a")}) == kInputRefused);
}
