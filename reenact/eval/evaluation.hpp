// A benchmark cut into units of work, each done alone and kept: a clip's rows, or a pair's.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reenact/eval/measures.hpp"
#include "reenact/eval/studio.hpp"
#include "reenact/world/bench_set.hpp"

namespace dact::eval {

/// self     the source and its clip (bench: frame 0 against all others)
/// cross    another person's clip drives
/// large    the source and a frame of the same clip whose pose is far away
/// steps, inversion    self again with other T, with other T_xT and with random x_T
enum class TableKind : std::uint8_t { self, cross, large, steps, inversion };
inline constexpr TableKind kTables[] = {TableKind::self, TableKind::cross, TableKind::large,
                                        TableKind::steps, TableKind::inversion};
std::string_view name_of(TableKind kind);

struct EvalOptions {
  std::int64_t steps = 20, inversion_steps = 50;
  /// The first so many clips, and of cross pairs as many; 0: all.
  std::int64_t limit = 0;
  /// Tables of steps are over the first so many clips: they cost the most.
  std::int64_t step_clips = 10;
  std::vector<std::int64_t> step_choices = {5, 10, 20, 50, 100};
  std::vector<std::int64_t> inversion_choices = {10, 20, 50, 100};
  std::int64_t batch = 8;  // changes no bit
  PointsFrom points = PointsFrom::networks;
  double least_confidence = 0;  // of the judge; below it a frame has failed
  std::uint64_t seed = 0;       // of the noise
};

/// Names of rows that the gates look at.
inline constexpr std::string_view kOurs = "reenacted", kCopy = "copy of the source",
                                  kTarget = "the target itself",
                                  kUpper = "target through the autoencoder",
                                  kSwap = "E(target), x_T of the source",
                                  kRandom = "E(target), random x_T";

/// One row of a unit.
struct UnitRow {
  std::string name;
  Measures measures;
  std::int64_t frames = 0, failed = 0;
  double source_seconds = 0, frame_seconds = 0;
  std::string digest;  // of its frames' bytes, NUMERICS.md 11
  Tensor shown;        // u8 [n, S, S, 3]: some of its frames
};

/// number: a clip's, or a cross pair's place in the list.
struct Unit {
  TableKind kind = TableKind::self;
  std::int64_t number = 0;
};
struct UnitResult {
  Unit unit;
  std::vector<UnitRow> rows;
};

/// The set cut into units, and the work of each. All arguments must outlive it.
class Evaluation {
 public:
  /// throws  UsageError: pictures of another size than the judge's, counts that cannot be
  Evaluation(const world::BenchSet& set, const Subjects& subjects, const Judge& judge,
             const EvalOptions& options);
  const std::vector<Unit>& units() const { return units_; }
  /// Pictures through the UNet: what the watcher will be told in all.
  std::int64_t work(const Unit& unit) const;
  /// A pure function of set, weights and options but batch, limit and step_clips.
  UnitResult run(const Unit& unit, EvalWatcher* watcher = nullptr) const;

 private:
  const EvalClip& clip(std::int64_t number) const;
  std::vector<std::int64_t> large_frames(std::int64_t clip, bool sources) const;
  UnitResult run_self(const Unit& unit, const Studio& studio) const;
  UnitResult run_cross(const Unit& unit, const Studio& studio) const;
  UnitResult run_large(const Unit& unit, const Studio& studio) const;
  UnitResult run_steps(const Unit& unit, const Studio& studio) const;
  UnitRow row(std::string_view name, const Made& made, const Against& against) const;

  const world::BenchSet& set_;
  Subjects subjects_;
  const Judge& judge_;
  EvalOptions options_;
  std::vector<std::uint64_t> people_;
  std::vector<world::BenchPair> cross_, large_;
  std::vector<Unit> units_;
  mutable std::vector<std::unique_ptr<EvalClip>> kept_;  // the last two that were drawn
};

/// A unit in a file. `key` says of which evaluation it is.
void keep_unit(const std::string& path, const UnitResult& result, const std::string& key);
/// None when there is no such file.
/// throws  IoError: damaged; UsageError: of an evaluation with another key
std::optional<UnitResult> kept_unit(const std::string& path, const Unit& unit,
                                    const std::string& key);

}  // namespace dact::eval
