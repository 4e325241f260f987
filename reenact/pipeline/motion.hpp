// How much of the driver's motion reaches the source, from where it is measured, and how it is steadied.
#pragma once
#include <array>
#include <cstddef>

#include "reenact/face/gaze.hpp"

namespace dact::reenact {

struct FaceState;
struct DrivingPoints;

/// absolute: the source takes what the driver's frame shows. relative: the source keeps what is its own, and the driver's
/// change since one of its frames, the reference, is added.
enum class Motion { absolute, relative };

/// Strengths of the regions: 0 the source's own, 1 the driver's, above 1 exaggerated.
struct MotionOptions {
  Motion motion = Motion::absolute;
  double pose = 1;        // how the head is turned
  double expression = 1;  // with the jaw, which is a joint of the pose in models of heads
  double gaze = 1;
  double camera = 1;  // where the head is in the picture, and how large
};
inline constexpr double kMostStrength = 3;

/// throws       UsageError naming the strength that is not in 0 .. kMostStrength
void require_strengths(const MotionOptions& options);
/// All are 1.
bool full_strength(const MotionOptions& options);

/// The source moved as the driver.
/// equation     y = s + k (d - b) for each number of expression, pose, gaze and the camera's shift; y = s (d / b)^k for the
///              camera's scale. k: the region's strength. b: the reference in relative motion, the source in absolute.
///              Turns are added number by number, as if about one axis
/// states       of one tracker: rows of one length; pose: the head's three numbers first, then the jaw's
/// returns      the source's identity, the driver's confidence. The driver's bits at strength 1 in absolute motion; the
///              source's at strength 0, and in relative motion where the driver's are the reference's
/// throws       ShapeError; NumericError: a camera's scale that is not above 0 where it must be divided
FaceState moved_state(const FaceState& source, const FaceState& reference, const FaceState& driver,
                      const MotionOptions& options);

/// The source's points moved by the driver's change since the reference, both gaze points with them.
/// equation     y = s + (d - b) |s| / |b|; |.|: root of the summed squared distances of the 68 from their mean
/// returns      found and confidence of the driver
/// throws       NumericError: a reference whose points are all the same
DrivingPoints moved_points(const DrivingPoints& source, const DrivingPoints& reference,
                           const DrivingPoints& driver);

/// Takes the jitter out of a clip's points: a One-Euro filter on each coordinate of landmarks and gaze points. At rest it
/// holds on to the share `smoothing` of the frame before; the faster a point moves, the closer it follows. Looks at no
/// later frame, and keeps two numbers per coordinate.
/// equation     v += 0.2 (x - y - v); r = (1 - smoothing) / smoothing + 0.4 |v|; y += r / (1 + r) (x - y)
/// unit         v: pixels (of 224) a frame. 0.2 is the paper's 1 Hz at 25 frames a second; with 0.4 and smoothing 0.8, noise
///              of one pixel moves a fifth as far from frame to frame, and a point at 5 pixels a frame is 0.3 frames late
/// source       Casiez, Roussel, Vogel 2012 (1 euro filter), algorithm 1, with time in frames; 2 pi beta = 0.4
class PointSmoother {
 public:
  /// smoothing    0 (off) to below 1
  /// throws       UsageError
  explicit PointSmoother(double smoothing);
  /// The clip's next points, in place. The first stay as they are, as do points that do not move.
  void smooth(DrivingPoints& points);

 private:
  struct Track {
    double at = 0, speed = 0;
  };
  void follow(Track& track, double& x) const;
  double smoothing_;
  bool begun_ = false;
  std::array<Track, 2 * (68 + 2)> tracks_{};
};

}  // namespace dact::reenact
