// How far long work is: a bar on a terminal, now and then a line elsewhere.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace dact::cli {

/// Where the progress goes. `bar`: one line that is written again; otherwise whole lines.
struct ProgressStyle {
  bool quiet = false;
  bool bar = false;
  bool colour = false;
};
/// Of stderr: a bar when it is a terminal, colour unless NO_COLOR is set.
ProgressStyle progress_style(bool quiet);

/// Counts up to `total` things of one kind. A bar is written at most every 0.1 s; lines come every
/// 10 s or 5 %, a second apart at least, so that short work is silent.
///   invert:  40%|████      | 20/50 [00:41<01:02, 2.07s/it, t=380]
class Progress {
 public:
  using Clock = std::function<double()>;                // seconds from any zero
  using Print = std::function<void(std::string_view)>;  // text as it is, line ends included
  Progress(std::string what, std::int64_t total, ProgressStyle style);
  Progress(std::string what, std::int64_t total, ProgressStyle style, Clock clock, Print print);
  /// Ends the line of a bar.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// `extra` stands behind the rate: "t=380", "loss=0.12".
  void update(std::int64_t done, std::string_view extra = {});
  double elapsed() const { return clock_() - start_; }

 private:
  std::string text(std::int64_t done, double seconds, std::string_view extra) const;
  void write_bar(std::int64_t done, double now, std::string_view extra);
  void write_line(std::int64_t done, double now, std::string_view extra);
  std::string what_;
  std::int64_t total_;
  ProgressStyle style_;
  Clock clock_;
  Print print_;
  double start_ = 0, last_time_ = 0;
  std::int64_t last_done_ = 0;
  bool line_open_ = false;
};

/// "02:05", "1:02:05"; "?" for what is not finite.
std::string clock_text(double seconds);
/// "2.07s/it", "14.2it/s"; "?it/s" before the first.
std::string rate_text(std::int64_t done, double seconds);

}  // namespace dact::cli
