#include "reenact/cli/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "io/json.hpp"

namespace dact::cli {
namespace {

constexpr double kBarPeriod = 0.1, kLinePeriod = 10;  // seconds
constexpr double kPause = 1;                          // seconds between lines, and before them
constexpr double kLineShare = 0.05;                   // of the total
constexpr int kBarWidth = 10;                         // characters
constexpr int kJsonSchema = 1;

bool wants_json = false;

double steady_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

void print_to_stderr(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
}

std::string bar_text(double share, bool colour) {
  const int full = static_cast<int>(share * kBarWidth);
  std::string bar;
  for (int i = 0; i < kBarWidth; ++i) bar += i < full ? "█" : " ";
  return colour ? "\x1b[32m" + bar + "\x1b[0m" : bar;
}

}  // namespace

ProgressStyle progress_style(bool quiet) {
  const bool terminal = isatty(STDERR_FILENO) == 1;
  const char* no_colour = std::getenv("NO_COLOR");  // https://no-color.org
  return {.quiet = quiet,
          .bar = terminal,
          .colour = terminal && (no_colour == nullptr || *no_colour == '\0'),
          .json = wants_json};
}

void set_progress_json(bool json) { wants_json = json; }

std::string progress_json(const ProgressFacts& f) {
  return fmt::format(
      R"({{"schema":{},"event":"progress","what":{},"done":{},"total":{},"share":{:.4f},"seconds":{:.3f},"eta":{},"extra":{}}})"
      "\n",
      kJsonSchema, json_quoted(f.what), f.done, f.total > 0 ? std::to_string(f.total) : "null",
      f.share, f.seconds, std::isfinite(f.left) ? fmt::format("{:.3f}", f.left) : "null",
      json_quoted(f.extra));
}

void print_progress_json(const ProgressFacts& facts) { print_to_stderr(progress_json(facts)); }

std::string clock_text(double seconds) {
  if (!std::isfinite(seconds)) return "?";
  const auto s = static_cast<std::int64_t>(seconds + 0.5);
  if (s < 3600) return fmt::format("{:02}:{:02}", s / 60, s % 60);
  return fmt::format("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
}

std::string rate_text(std::int64_t done, double seconds) {
  if (done <= 0 || seconds <= 0) return "?it/s";
  const double rate = static_cast<double>(done) / seconds;
  return rate < 1 ? fmt::format("{:.2f}s/it", 1 / rate) : fmt::format("{:.2f}it/s", rate);
}

Progress::Progress(std::string what, std::int64_t total, ProgressStyle style)
    : Progress(std::move(what), total, style, steady_seconds, print_to_stderr) {}

Progress::Progress(std::string what, std::int64_t total, ProgressStyle style, Clock clock,
                   Print print)
    : what_(std::move(what)),
      total_(total),
      style_(style),
      clock_(std::move(clock)),
      print_(std::move(print)),
      start_(clock_()),
      last_time_(start_) {}

Progress::~Progress() {
  if (line_open_) print_("\n");
}

ProgressFacts Progress::facts(std::int64_t done, double now, std::string_view extra) const {
  const double seconds = now - start_;
  return {.what = what_,
          .done = done,
          .total = total_,
          .share = total_ > 0 ? static_cast<double>(done) / static_cast<double>(total_) : 1.0,
          .seconds = seconds,
          .left = done > 0
                      ? seconds * static_cast<double>(total_ - done) / static_cast<double>(done)
                      : HUGE_VAL,
          .extra = extra};
}

std::string Progress::text(const ProgressFacts& f) const {
  const std::string bar = style_.bar ? "|" + bar_text(f.share, style_.colour) + "|" : "";
  return fmt::format("{}: {:3}%{} {}/{} [{}<{}, {}{}{}]", f.what, static_cast<int>(f.share * 100),
                     bar, f.done, f.total, clock_text(f.seconds), clock_text(f.left),
                     rate_text(f.done, f.seconds), f.extra.empty() ? "" : ", ", f.extra);
}

void Progress::update(std::int64_t done, std::string_view extra) {
  const double now = clock_();
  if (style_.json)
    write_json(done, now, extra);
  else if (style_.quiet)
    return;
  else if (style_.bar)
    write_bar(done, now, extra);
  else
    write_line(done, now, extra);
}

void Progress::write_json(std::int64_t done, double now, std::string_view extra) {
  if (begun_ && done < total_ && now - last_time_ < kBarPeriod) return;
  print_(progress_json(facts(done, now, extra)));
  begun_ = true;
  last_time_ = now;
}

void Progress::write_bar(std::int64_t done, double now, std::string_view extra) {
  if (begun_ && done < total_ && now - last_time_ < kBarPeriod) return;
  print_("\r\x1b[K" + text(facts(done, now, extra)));  // over the old line, its rest erased
  begun_ = line_open_ = true;
  last_time_ = now;
}

void Progress::write_line(std::int64_t done, double now, std::string_view extra) {
  if (now - last_time_ < kPause) return;
  const double share = static_cast<double>(done - last_done_) / static_cast<double>(total_);
  if (now - last_time_ < kLinePeriod && share < kLineShare) return;
  print_(text(facts(done, now, extra)) + "\n");
  last_time_ = now;
  last_done_ = done;
}

}  // namespace dact::cli
