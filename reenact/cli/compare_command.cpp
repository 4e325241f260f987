// `diffusionact compare`: how far pictures, or the frames of two clips, are from each other.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "autograd/ops.hpp"
#include "io/file.hpp"
#include "io/image.hpp"
#include "io/npy.hpp"
#include "io/safetensors.hpp"
#include "io/video.hpp"
#include "reenact/cli/commands.hpp"
#include "reenact/cli/exit_codes.hpp"
#include "reenact/cli/interrupt.hpp"
#include "reenact/face/metrics.hpp"
#include "tensor/error.hpp"

namespace dact::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr int kCompareSchema = 1;

struct CompareOptions {
  std::string target, result, json, target_landmarks, result_landmarks;
};

/// One metric over the frames: `each` holds a number per entry, NaN where it was left out.
struct Series {
  std::string name, unit;
  face::FrameMetric metric;
  std::int64_t first_frame = 0;  // what entry 0 belongs to: inner frames only for jitter
};

bool ends_in(const fs::path& path, std::initializer_list<const char*> endings) {
  std::string ending = path.extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return std::find(endings.begin(), endings.end(), ending) != endings.end();
}

/// The pictures that a path names: itself, or those of a folder by name.
std::vector<std::string> frames_of(const std::string& path) {
  std::error_code error;
  if (!fs::is_directory(path, error)) return {path};
  std::vector<std::string> frames;
  for (fs::directory_iterator it(path, error), end; !error && it != end; it.increment(error))
    if (ends_in(it->path(), {".png", ".jpg", ".jpeg", ".ppm"}))
      frames.push_back(it->path().string());
  if (error) throw IoError(path, "the folder must be readable, got: " + error.message());
  if (frames.empty())
    throw IoError(path, "a folder must hold pictures (.png, .jpg, .jpeg, .ppm), got none");
  std::sort(frames.begin(), frames.end());
  return frames;
}

std::string name_only(const std::string& path) { return fs::path(path).filename().string(); }

/// [3, H, W] in [-1, 1]
Tensor picture_values(const Tensor& bytes) {
  const Tensor planes = bytes.permuted(std::vector<int>{2, 0, 1}).to(DType::f32);
  return mul_scalar(add_scalar(div(Var(planes), Var(scalar(255))), -0.5), 2).value();
}

/// The frames of a picture, a folder or a video, one at a time; `names` grows with those that were read.
class ComparedFrames {
 public:
  explicit ComparedFrames(const std::string& path) : path_(path) {
    std::error_code error;
    if (!fs::is_directory(path, error) &&
        ends_in(path, {".mp4", ".avi", ".mov", ".mkv", ".webm", ".m4v"})) {
      const InputFile present(path);  // a missing file is told before missing programs are
      video_ = open_video(path, interrupted);
    } else {
      paths_ = frames_of(path);
    }
  }
  /// Undefined after the last one.
  Tensor next() {
    Tensor picture;
    if (video_)
      picture = video_->next();
    else if (names.size() < paths_.size())
      picture = read_image(paths_[names.size()]);
    if (picture.defined())
      names.push_back(video_ ? fmt::format("frame {}", names.size())
                             : name_only(paths_[names.size()]));
    return picture;
  }
  /// 0: known at the end of the video.
  std::size_t count() const { return paths_.size(); }
  std::string current() const {
    return video_ ? path_ + ", " + names.back() : paths_[names.size() - 1];
  }

  std::vector<std::string> names;

 private:
  std::string path_;
  std::vector<std::string> paths_;
  std::unique_ptr<FrameReader> video_;
};

void compare_pictures(const CompareOptions& o, ComparedFrames& targets, ComparedFrames& results,
                      std::vector<Series>& out) {
  const NoGrad no_grad;
  if (targets.count() > 0 && results.count() > 0 && targets.count() != results.count())
    throw IoError(o.result, fmt::format("must hold {} pictures as {}, got {}", targets.count(),
                                        o.target, results.count()));
  out = {{"psnr", "dB", {}}, {"ssim", "", {}}, {"l1", "on [-1, 1]", {}}};
  while (true) {
    const Tensor target = targets.next(), result = results.next();
    if (target.defined() != result.defined())
      throw IoError(
          o.result,
          fmt::format("must hold as many frames as {}, got {}", o.target,
                      result.defined() ? fmt::format("more than its {}", targets.names.size())
                                       : fmt::format("only {}", results.names.size())));
    if (!target.defined()) break;
    if (!(target.shape() == result.shape()))
      throw IoError(results.current(),
                    fmt::format("must be {}x{} as {}, got {}x{}", target.size(1), target.size(0),
                                targets.current(), result.size(1), result.size(0)));
    const Tensor a = picture_values(target), b = picture_values(result);
    out[0].metric.each.push_back(face::psnr(a, b));
    out[1].metric.each.push_back(face::ssim(a, b));
    out[2].metric.each.push_back(face::l1(a, b));
    if (interrupted()) throw Cancelled("compare", "stopped as asked");
  }
  if (targets.names.empty()) throw IoError(o.target, "must hold frames, got none");
}

/// [F, 68, 2] of a .npy file, or of a .safetensors file's only tensor or the one called landmarks.
Tensor read_landmarks(const std::string& path, std::size_t frames) {
  Tensor x;
  if (ends_in(path, {".npy"})) {
    x = read_npy(path);
  } else if (ends_in(path, {".safetensors"})) {
    const SafetensorsReader file(path);
    const bool one = file.names().size() == 1;
    if (!one && !file.contains("landmarks"))
      throw IoError(path, fmt::format("must hold one tensor or one called landmarks, got {}",
                                      file.names().size()));
    x = file.read(one ? file.names()[0] : "landmarks");
  } else {
    throw UsageError(path, "landmarks must be a .npy or .safetensors file, got another ending");
  }
  if (x.rank() == 2) x = x.unsqueezed(0);
  const Shape want{static_cast<std::int64_t>(frames), 68, 2};
  if (!(x.shape() == want))
    throw IoError(path, fmt::format("must be {}, a row of landmarks per frame, got {}", want.str(),
                                    x.shape().str()));
  return x.to(DType::f64);
}

void compare_landmarks(const CompareOptions& o, std::size_t frames, std::vector<Series>& out) {
  Tensor target, result;
  if (!o.target_landmarks.empty()) target = read_landmarks(o.target_landmarks, frames);
  if (!o.result_landmarks.empty()) result = read_landmarks(o.result_landmarks, frames);
  if (target.defined() && result.defined()) {
    out.push_back({"nme_box", "x 1000", face::nme_box(target, result)});
    out.push_back({"nme_interocular", "x 100", face::nme_interocular(target, result)});
  }
  if (frames < 3) return;
  if (target.defined()) out.push_back({"jitter_target", "px", face::landmark_jitter(target), 1});
  if (result.defined()) out.push_back({"jitter_result", "px", face::landmark_jitter(result), 1});
}

/// The entry with the smallest (or largest) number; the first of equals, -1 when there is none.
std::int64_t extreme(const std::vector<double>& each, bool largest) {
  std::int64_t best = -1;
  for (std::size_t i = 0; i < each.size(); ++i) {
    if (std::isnan(each[i])) continue;
    const double now = best < 0 ? 0 : each[static_cast<std::size_t>(best)];
    if (best < 0 || (largest ? each[i] > now : each[i] < now)) best = static_cast<std::int64_t>(i);
  }
  return best;
}

/// A number, "inf" for PSNR of equal pictures (JSON has no infinity), null where left out.
Json number_json(double v) {
  if (std::isinf(v)) return v > 0 ? "inf" : "-inf";
  return std::isnan(v) ? Json() : Json(v);
}

Json series_json(const Series& s, const std::vector<std::string>& frames) {
  Json row{{"unit", s.unit}, {"mean", number_json(s.metric.mean())}};
  for (const bool largest : {false, true})
    if (const std::int64_t at = extreme(s.metric.each, largest); at >= 0)
      row[largest ? "highest" : "lowest"] = {
          {"value", number_json(s.metric.each[static_cast<std::size_t>(at)])},
          {"frame", frames[static_cast<std::size_t>(at + s.first_frame)]}};
  row["left_out"] = s.metric.left_out;
  return row;
}

Json report_json(const CompareOptions& o, const std::vector<std::string>& targets,
                 const std::vector<std::string>& results, const std::vector<Series>& all) {
  Json metrics = Json::object(), rows = Json::array();
  for (const Series& s : all) metrics[s.name] = series_json(s, results);
  for (std::size_t i = 0; i < targets.size(); ++i) {
    Json row{{"target", targets[i]}, {"result", results[i]}};
    for (const Series& s : all) {
      const std::int64_t at = static_cast<std::int64_t>(i) - s.first_frame;
      if (at >= 0 && at < static_cast<std::int64_t>(s.metric.each.size()))
        row[s.name] = number_json(s.metric.each[static_cast<std::size_t>(at)]);
    }
    rows.push_back(row);
  }
  return {{"schema", kCompareSchema}, {"target", o.target}, {"result", o.result},
          {"frames", targets.size()}, {"metrics", metrics}, {"per_frame", rows}};
}

std::string cell(double v) { return std::isnan(v) ? "none" : fmt::format("{:.5f}", v); }

void print_table(const std::vector<std::string>& frames, const std::vector<Series>& all) {
  const bool many = frames.size() > 1;
  fmt::print("{:<28} {:>10}{}\n", fmt::format("{} frame{}", frames.size(), many ? "s" : ""),
             many ? "mean" : "", many ? "  lowest, highest" : "");
  for (const Series& s : all) {
    std::string line = fmt::format("{:<16} {:<11} {:>10}", s.name, s.unit, cell(s.metric.mean()));
    for (const bool largest : {false, true})
      if (const std::int64_t at = extreme(s.metric.each, largest); at >= 0 && many)
        line += fmt::format("  {:>10} in {}", cell(s.metric.each[static_cast<std::size_t>(at)]),
                            frames[static_cast<std::size_t>(at + s.first_frame)]);
    if (s.metric.left_out > 0) line += fmt::format("  ({} left out: no face)", s.metric.left_out);
    fmt::print("{}\n", line);
  }
}

int run_compare(Context& context, const CompareOptions& o) {
  const InterruptGuard guard;
  ComparedFrames target(o.target), result(o.result);
  std::vector<Series> all;
  compare_pictures(o, target, result, all);
  const std::vector<std::string>&targets = target.names, &results = result.names;
  compare_landmarks(o, targets.size(), all);
  const Json report = report_json(o, targets, results, all);
  if (o.json == "-") {
    fmt::print("{}\n", report.dump(2));
  } else {
    if (!o.json.empty()) write_file(o.json, report.dump(2) + "\n");
    print_table(results, all);
  }
  context.event("compare", {{"frames", targets.size()}, {"metrics", report["metrics"]}});
  return kOk;
}

}  // namespace

Command add_compare(CLI::App& program) {
  CLI::App* app = program.add_subcommand(
      "compare",
      "Example: diffusionact compare target.png result.png\n\nPSNR, SSIM and L1 of two pictures, "
      "or of two clips frame by frame: folders, matched in the order of their names, or videos; "
      "with landmarks also NME and jitter. A frame whose landmarks hold a NaN has no face: it is "
      "left out and counted.");
  auto o = std::make_shared<CompareOptions>();
  app->add_option("TARGET", o->target, "a picture, a folder of numbered pictures, or a video")
      ->required();
  app->add_option("RESULT", o->result, "what to hold against it, as many and as large")->required();
  app->add_option("--json", o->json, "write the report with every frame to FILE, or - for stdout");
  app->add_option("--target-landmarks", o->target_landmarks,
                  "pixels, [frames, 68, 2], .npy or .safetensors");
  app->add_option("--result-landmarks", o->result_landmarks, "the same of RESULT");
  return {app, [o](Context& context) { return run_compare(context, *o); }};
}

}  // namespace dact::cli
