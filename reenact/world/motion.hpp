// How a head moves: smooth pose, speech-like jaw, expressions that come and go, blinks, gaze with saccades.
#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "reenact/head/appearance.hpp"

namespace dact::world {

/// The motion of one seed over `seconds`. Poses are pure functions of seed and time; a longer motion begins with the
/// poses of a shorter one.
/// yaw within +-45 degrees, pitch +-30, roll +-25; jaw 0..25; expression weights 0..1.2; gaze +-28 and +-20
/// source       spec heads_pilot section 12, with the amplitudes of yaw raised (bench-v1 asks for a deviation of 18)
class Motion {
 public:
  Motion(std::uint64_t seed, double seconds);
  head::Pose at(double seconds) const;

 private:
  struct Wave {
    double amplitude, frequency, phase;
  };
  using Waves = std::array<Wave, 3>;
  struct Preset {  // an expression that rises, holds and falls
    double begin, hold;
    int kind;
    double strength;
  };
  struct Look {  // gaze from `begin` on; at the camera it follows the head
    double begin;
    bool camera;
    double x, y;
  };

  double turn(const Waves& waves, double offset, double limit, double seconds) const;
  double noise(std::uint32_t which, double position) const;
  double blink(double seconds) const;
  void add_speech(head::Pose& pose, double seconds) const;
  void add_presets(head::Pose& pose, double seconds) const;
  void add_gaze(head::Pose& pose, double seconds) const;

  std::uint64_t seed_;
  Waves yaw_{}, pitch_{}, roll_{};
  double yaw_offset_ = 0, pitch_offset_ = 0, talk_phase_ = 0, resting_smile_ = 0;
  std::vector<Preset> presets_;
  std::vector<Look> looks_;
  std::vector<double> blinks_;
};

}  // namespace dact::world
