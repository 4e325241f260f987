// What the program's exit code says. One table; scripts may rely on it.
#pragma once
#include "tensor/error.hpp"

namespace dact::cli {

inline constexpr int kOk = 0;
inline constexpr int kInternal = 1;      // a fault of the program
inline constexpr int kUsage = 2;         // an option or value that cannot be
inline constexpr int kInputRefused = 3;  // a file that is not what it should be, no face, bad media
inline constexpr int kWeights = 4;       // parameters missing, unexpected or mis-shaped
inline constexpr int kResources = 5;     // memory budget, disk
inline constexpr int kNumeric = 6;       // NaN or infinity
inline constexpr int kMismatch = 7;      // audit, verify or a digest found a difference
inline constexpr int kPartial = 8;    // a batch in which some jobs failed, or a file that is absent
inline constexpr int kEmpty = 9;      // `weights check`: a file of 0 bytes
inline constexpr int kCutShort = 10;  // `weights check`: a file that ends before its data does
inline constexpr int kInterrupted = 130;  // stopped by the user

/// Shapes and dtypes are the program's own affair by the time an operator sees them: a caller's
/// file or option was refused before.
constexpr int exit_code(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::usage:
    case ErrorKind::device:
      return kUsage;
    case ErrorKind::io:
      return kInputRefused;
    case ErrorKind::weights:
      return kWeights;
    case ErrorKind::resource:
      return kResources;
    case ErrorKind::numeric:
      return kNumeric;
    case ErrorKind::cancelled:
      return kInterrupted;
    case ErrorKind::shape:
    case ErrorKind::dtype:
    case ErrorKind::internal:
      return kInternal;
  }
  return kInternal;
}

}  // namespace dact::cli
