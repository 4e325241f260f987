#include "reenact/cli/reenact_run.hpp"

#include <fmt/format.h>

#include <chrono>
#include <exception>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "autograd/observe.hpp"
#include "io/image.hpp"
#include "io/video.hpp"
#include "reenact/cli/exit_codes.hpp"
#include "reenact/cli/interrupt.hpp"
#include "reenact/cli/progress.hpp"
#include "reenact/cli/reenact_report.hpp"
#include "reenact/cli/walk.hpp"
#include "reenact/pipeline/heads64.hpp"
#include "reenact/pipeline/landmark_file.hpp"
#include "tensor/error.hpp"

namespace dact::cli {
namespace {

namespace fs = std::filesystem;

class Stopwatch {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

// "25", "29.97" is 2997/100, "30000/1001".
FrameRate rate_option(const std::string& text) {
  const std::size_t slash = text.find('/'), point = text.find('.');
  const auto number = [&](std::string digits) {
    if (digits.empty() || digits.size() > 6 ||
        digits.find_first_not_of("0123456789") != std::string::npos)
      throw UsageError("--fps", "must be a rate as 25, 29.97 or 30000/1001, got \"" + text + "\"");
    return std::int64_t{std::stol(digits)};
  };
  FrameRate rate;
  if (slash != std::string::npos) {
    rate = {number(text.substr(0, slash)), number(text.substr(slash + 1))};
  } else {
    const std::string decimals = point == std::string::npos ? "" : text.substr(point + 1);
    rate = {number(text.substr(0, point) + decimals), 1};
    for (std::size_t i = 0; i < decimals.size(); ++i) rate.den *= 10;
  }
  if (rate.den < 1 || rate.value() < 0.1 || rate.value() > 1000)
    throw UsageError("--fps", "must be 0.1 to 1000 frames a second, got \"" + text + "\"");
  return rate;
}

// Of a file or folder that is written, the lock beside or in it.
std::string lock_path(const std::string& out) {
  const fs::path path(out);
  if (is_video_name(out) || is_picture_name(out))
    return (path.parent_path() / ("." + path.filename().string() + ".lock")).string();
  std::error_code error;
  fs::create_directories(path, error);
  if (error || !fs::is_directory(path))
    throw IoError(out, "the output must be a folder that can be made, got: " +
                           (error ? error.message() : std::string("another kind of file")));
  return (path / ".lock").string();
}

// Progress, requests to stop, and pictures for the report.
class ReenactWatcher final : public reenact::ClipWatcher {
 public:
  ReenactWatcher(Context& context, std::int64_t expected, ReenactReport* report)
      : context_(context), expected_(expected), report_(report) {}

  void during(std::int64_t done, std::int64_t in_hand, const diffusion::StepReport& step) override {
    if (in_hand == 0) {
      if (!progress_) progress_.emplace("invert", step.total, progress_style(context_.quiet()));
      progress_->update(step.done, fmt::format("t={}", step.t));
    } else {
      if (!frames_begun_) progress_.emplace("reenact", expected_, progress_style(context_.quiet()));
      frames_begun_ = true;
      progress_->update(done, fmt::format("step {}/{}", step.done, step.total));
      keep_steps(done, in_hand, step);
    }
    if (interrupted()) throw Cancelled("reenact", "stopped as asked");
  }
  std::int64_t x_0_every(std::int64_t steps) const override {
    constexpr std::int64_t kShownSteps = 5;
    return report_ == nullptr ? 0 : std::max<std::int64_t>(1, steps / kShownSteps);
  }
  void after_frame(const reenact::ClipFrame& frame) override {
    if (report_ != nullptr) report_->add_frame(frame);
    progress_->update(frame.index + 1);
    context_.event("frame", {{"index", frame.index},
                             {"digest", digest_of(frame.result)},
                             {"confidence", frame.points.confidence},
                             {"seconds", progress_->elapsed()}});
  }
  bool stop() override { return interrupted(); }

 private:
  void keep_steps(std::int64_t done, std::int64_t in_hand, const diffusion::StepReport& step) {
    if (report_ == nullptr || !step.x_0.defined()) return;
    for (std::int64_t i = 0; i < in_hand; ++i)
      if (report_->wants_steps(done + i))
        report_->add_step(step.t, step.x_0.sliced(0, i, i + 1).to(Device::cpu).contiguous());
  }
  Context& context_;
  std::int64_t expected_;
  ReenactReport* report_;
  std::optional<Progress> progress_;
  bool frames_begun_ = false;
};

std::unique_ptr<reenact::DrivingSource> driving_source(const ReenactOptions& o,
                                                       const ReenactNetworks& networks) {
  if (!o.landmarks.empty())
    return std::make_unique<reenact::FileDriving>(reenact::LandmarkFile(o.source_landmarks),
                                                  reenact::LandmarkFile(o.landmarks),
                                                  o.motion.options().motion);
  return std::make_unique<reenact::TrackedDriving>(
      std::make_unique<reenact::Heads64Tracker>(*networks.estimator, *networks.gaze),
      std::make_unique<reenact::HeadLandmarks>(), o.motion.options());
}

Manifest reenact_manifest(Context& context, const ReenactOptions& o,
                          const ReenactNetworks& networks, const Tensor& source) {
  Manifest m(context, "reenact");
  networks.describe(m);
  m.set_input("source", o.source, source);
  m.set("driving", file_name_of(fs::path(o.driving).lexically_normal().string()));
  m.set("points", std::string(o.landmarks.empty() ? "networks" : "file"));
  m.set("steps", o.sampling.steps);
  m.set("inversion_steps", o.sampling.inversion_steps);
  m.set("clip", std::string(o.sampling.clip ? "yes" : "no"));
  o.motion.describe(m);
  m.set("frame_shows", std::string(o.side_by_side ? "source, driver, result" : "result"));
  if (o.no_manifest) m.leave_out();
  return m;
}

// One run, from the first file to the last; what is done when it ends early is kept.
class ReenactRun {
 public:
  ReenactRun(Context& context, const ReenactOptions& o) : context_(context), o_(o) {}

  int run() {
    const FileLock lock(lock_path(o_.out));
    check_outputs();
    open_driver();
    const Tensor source = read_image(o_.source);
    networks_ = load_reenact_networks(o_.weights, o_.landmarks.empty(), context_.device());
    lap("weights");
    reenact::Reenactor reenactor(*networks_.model, o_.sampling);
    const auto driving = driving_source(o_, networks_);
    manifest_.emplace(reenact_manifest(context_, o_, networks_, source));
    manifest_->set("frame_rate", rate_.str());
    if (!o_.report.empty() || !o_.strip.empty()) report_.emplace(driver_->expected());
    ReenactWatcher watcher(context_, driver_->expected(), report_ ? &*report_ : nullptr);
    reenact::Clip clip(reenactor, *driving,
                       {.batch = o_.batch,
                        .on_missing = o_.on_missing == "hold" ? reenact::OnMissing::hold
                                                              : reenact::OnMissing::fail,
                        .force = o_.force,
                        .side_by_side = o_.side_by_side,
                        .smoothing = o_.motion.smoothing,
                        .match_colour = o_.motion.match_colour},
                       &watcher);
    if (o_.motion.relative()) take_reference(clip);
    clip.take_source(source, o_.source);
    lap("source: points, code, inversion");
    if (report_) report_->take_source(clip.source(), reenactor.x_T());
    return make_frames(clip);
  }

 private:
  // Asked before long work begins.
  void check_outputs() const {
    if (is_video_name(o_.out) || is_picture_name(o_.out))
      require_writable(o_.out);
    else
      require_empty_folder(o_.out);
    if (!o_.report.empty()) require_writable(o_.report);
    if (!o_.strip.empty()) require_writable(o_.strip);
  }

  void open_driver() {
    driver_ = open_frames(o_.driving, {.stop = interrupted});
    if (driver_->has_rate() && !o_.fps.empty())
      throw UsageError("--fps", "must be left to a driver that is a video, got " + o_.fps);
    o_.motion.check_driver(driver_->expected());
    rate_ = o_.fps.empty() ? driver_->rate() : rate_option(o_.fps);
    if (is_picture_name(o_.out) && driver_->expected() > 1)
      throw UsageError(o_.out, fmt::format("a picture holds one frame, got a driver of {}; name a "
                                           "folder or .mp4",
                                           driver_->expected()));
  }

  // Read on its own, so that the driver can be read from its beginning.
  void take_reference(reenact::Clip& clip) {
    const auto reader = open_frames(o_.driving, {.stop = interrupted});
    const std::int64_t wanted = o_.motion.reference();
    Tensor picture;
    for (std::int64_t i = 0; i <= wanted; ++i) {
      if (interrupted()) throw Cancelled("reenact", "stopped as asked");
      picture = reader->next();
      if (picture.defined()) continue;
      throw UsageError(o_.driving, fmt::format("--reference-frame must be one of its {} frames, "
                                               "counted from 0, got {}",
                                               i, wanted));
    }
    clip.take_reference(picture, wanted, o_.driving);
  }

  int make_frames(reenact::Clip& clip) {
    const auto writer =
        create_frames(o_.out, {.rate = rate_, .sound = driver_->sound(), .text = output_text()});
    std::exception_ptr failure;
    bool whole = false;
    try {
      whole = clip.run(*driver_, o_.driving, *writer);
    } catch (...) {
      failure = std::current_exception();  // what was done is written first
    }
    lap("frames");
    // A request to stop must not stop the frames that are done from being written.
    clear_cancel();
    finish(clip, *writer, whole, failure);
    if (failure) std::rethrow_exception(failure);
    return whole ? kOk : kInterrupted;
  }

  void finish(reenact::Clip& clip, FrameWriter& writer, bool whole, std::exception_ptr& failure) {
    try {
      facts_.frames = writer.written();
      facts_.held = clip.held();
      facts_.complete = whole;
      facts_.digest = clip.frames() == 0 ? "" : clip.digest();
      manifest_->set("frames", facts_.frames);
      manifest_->set("complete", std::string(whole ? "yes" : "no"));
      if (clip.held() > 0) manifest_->set("held_frames", clip.held());
      if (facts_.frames == clip.frames()) manifest_->set("frames_digest", facts_.digest);
      writer.finish(output_text());
      if (!writer.complaint().empty()) context_.say(o_.out + ": " + writer.complaint());
      if (writer.written() > 0) write_sidecar();
      lap("writing the whole");
      write_report();
      tell(clip);
    } catch (...) {
      if (!failure) failure = std::current_exception();
    }
  }

  // PNG text or MP4 metadata. XMP has no place in the latter: its words go into the comment that players show.
  std::map<std::string, std::string> output_text() const {
    if (!is_video_name(o_.out)) return manifest_->picture_text();
    std::map<std::string, std::string> text = manifest_->picture_metadata();
    text["comment"] =
        fmt::format("Synthetic media: {}", address_of(DigitalSource::trained_algorithmic_media));
    return text;
  }

  void write_sidecar() const {
    nlohmann::ordered_json json = nlohmann::ordered_json::object();
    for (const auto& [key, value] : manifest_->picture_metadata()) json[key] = value;
    const bool folder = !is_video_name(o_.out) && !is_picture_name(o_.out);
    write_file(folder ? (fs::path(o_.out) / "manifest.json").string() : o_.out + ".json",
               json.dump(2) + "\n");
  }

  void write_report() {
    if (!report_ || facts_.frames == 0) return;
    facts_.manifest = manifest_->picture_metadata();
    if (!o_.report.empty()) write_file(o_.report, report_->html(facts_));
    if (!o_.strip.empty()) write_image(o_.strip, report_->strip(), manifest_->picture_text());
  }

  void tell(const reenact::Clip& clip) {
    context_.event("reenacted", {{"frames", facts_.frames},
                                 {"held", facts_.held},
                                 {"complete", facts_.complete},
                                 {"digest", facts_.digest}});
    if (clip.frames() == 0) return;
    double seconds = 0;
    for (const auto& [what, each] : facts_.seconds)
      if (what == "frames") seconds = each;
    context_.say(fmt::format("{}: {} frames of {} pixels in {:.1f} s, {:.2f} frames/s{}", o_.out,
                             clip.frames(), networks_.model->config().image_size, seconds,
                             seconds > 0 ? static_cast<double>(clip.frames()) / seconds : 0.0,
                             facts_.held > 0 ? fmt::format(", {} held", facts_.held) : ""));
    fmt::print("frames: {}\ndigest: {}\n", clip.frames(), facts_.digest);
  }

  // Seconds since the last lap, under a name.
  void lap(const std::string& what) {
    const double now = watch_.seconds();
    facts_.seconds.emplace_back(what, now - last_lap_);
    last_lap_ = now;
  }

  Context& context_;
  const ReenactOptions& o_;
  Stopwatch watch_;
  double last_lap_ = 0;
  std::unique_ptr<FrameReader> driver_;
  FrameRate rate_;
  ReenactNetworks networks_;
  std::optional<Manifest> manifest_;
  std::optional<ReenactReport> report_;
  ReenactFacts facts_;
};

}  // namespace

void check_reenact_options(const ReenactOptions& o) {
  if (o.landmarks.empty() != o.source_landmarks.empty())
    throw UsageError("reenact", fmt::format("--landmarks and --source-landmarks must be given "
                                            "together, got {} alone",
                                            o.landmarks.empty() ? "the latter" : "the former"));
  if (o.on_missing != "fail" && o.on_missing != "hold")
    throw UsageError("--on-missing", "must be fail or hold, got \"" + o.on_missing + "\"");
  if (is_video_name(o.out) && !has_ffmpeg())
    throw UsageError(o.out,
                     "ffmpeg and ffprobe must be in PATH for .mp4, got none; name a folder "
                     "for numbered pictures");
  if (!o.report.empty() && !has_image_format("png"))
    throw UsageError("--report", "must be asked of a build with libpng, got one without");
  if (!o.strip.empty() && !is_picture_name(o.strip))
    throw UsageError("--strip", "must be the name of a picture, as strip.png, got " + o.strip);
  o.motion.check(!o.landmarks.empty());
  reenact::Reenactor::require_steps(diffusion::diffae_config(o.weights.model), o.sampling);
}

int run_reenact(Context& context, const ReenactOptions& options) {
  const InterruptGuard guard;
  return ReenactRun(context, options).run();
}

}  // namespace dact::cli
