// How far long work is: a bar on a terminal, now and then a line elsewhere.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace dact::cli {

/// Where the progress goes. `bar`: one line that is written again; otherwise whole lines. `json`: lines for a program,
/// whatever the others say.
struct ProgressStyle {
  bool quiet = false;
  bool bar = false;
  bool colour = false;
  bool json = false;
};
/// Of stderr: a bar when it is a terminal, colour unless NO_COLOR is set; JSON after set_progress_json.
ProgressStyle progress_style(bool quiet);
/// --progress json, of this process.
void set_progress_json(bool json);

/// How far work is. `total` is 0 where only the share is known; `left`, in seconds, is not finite before it is known.
struct ProgressFacts {
  std::string_view what;
  std::int64_t done = 0, total = 0;
  double share = 0, seconds = 0, left = 0;
  std::string_view extra = {};
};
/// One object and a line end:
///   {"schema":1,"event":"progress","what":"invert","done":20,"total":50,"share":0.4000,"seconds":41.000,"eta":61.500,
///   "extra":"t=380"}
/// `total` and `eta` are null where they are not known.
std::string progress_json(const ProgressFacts& facts);
/// The same on stderr.
void print_progress_json(const ProgressFacts& facts);

/// Counts up to `total` things of one kind. A bar is written at most every 0.1 s; lines come every
/// 10 s or 5 %, a second apart at least, so that short work is silent; JSON as the bar, the first and the last always.
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
  ProgressFacts facts(std::int64_t done, double now, std::string_view extra) const;
  std::string text(const ProgressFacts& facts) const;
  void write_json(std::int64_t done, double now, std::string_view extra);
  void write_bar(std::int64_t done, double now, std::string_view extra);
  void write_line(std::int64_t done, double now, std::string_view extra);
  std::string what_;
  std::int64_t total_;
  ProgressStyle style_;
  Clock clock_;
  Print print_;
  double start_ = 0, last_time_ = 0;
  std::int64_t last_done_ = 0;
  bool line_open_ = false, begun_ = false;
};

/// "02:05", "1:02:05"; "?" for what is not finite.
std::string clock_text(double seconds);
/// "2.07s/it", "14.2it/s"; "?it/s" before the first.
std::string rate_text(std::int64_t done, double seconds);

}  // namespace dact::cli
