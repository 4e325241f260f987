// Random numbers drawn one after another from one named Philox stream: for recipes that ask many small questions.
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

namespace dact::world {

/// The n-th number is a pure function of seed, use and n. `use` must outlive the object (a literal).
class Draws {
 public:
  Draws(std::uint64_t seed, std::string_view use) : seed_(seed), use_(use) {}
  /// In [0, 1).
  double unit();
  double between(double low, double high) { return low + (high - low) * unit(); }
  /// Mean 0, standard deviation 1; Box-Muller from two units.
  double normal();
  /// Exponential with the given mean.
  double exponential(double mean);
  bool chance(double probability) { return unit() < probability; }
  /// 0 .. n-1.
  int pick(int n) { return static_cast<int>(unit() * n); }
  /// An index with probability weights[i] / sum.
  template <std::size_t N>
  int pick(const std::array<double, N>& weights) {
    double sum = 0;
    for (const double w : weights) sum += w;
    double left = unit() * sum;
    for (std::size_t i = 0; i + 1 < N; ++i) {
      if (left < weights[i]) return static_cast<int>(i);
      left -= weights[i];
    }
    return static_cast<int>(N) - 1;
  }
  /// A seed for another stream, 48 bits.
  std::uint64_t seed();

 private:
  std::uint64_t seed_;
  std::string_view use_;
  std::uint32_t block_ = 0;
  std::size_t at_ = 64;
  std::array<float, 64> numbers_{};
};

}  // namespace dact::world
