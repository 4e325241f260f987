// Typed errors: one family, thrown for everything a caller or a file can cause. Nothing here ends the process.
#pragma once
#include <stdexcept>
#include <string>
#include <string_view>

namespace dact {

enum class ErrorKind {
  shape,
  dtype,
  device,
  numeric,
  usage,
  io,
  weights,
  resource,
  cancelled,
  internal
};

/// Name of a kind as it appears in reports: "ShapeError", "DtypeError", ...
std::string_view name_of(ErrorKind kind);

/// Base of everything thrown here. Text is `<where>: <what must hold>, got <values>`. `kind()` maps to the exit code
/// in one table in reenact/cli.
class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, std::string_view where, std::string_view what)
      : std::runtime_error(std::string(where) + ": " + std::string(what)), kind_(kind) {}
  /// The same error with a longer text: how apply() puts the module path in front.
  Error(ErrorKind kind, const std::string& whole) : std::runtime_error(whole), kind_(kind) {}
  ErrorKind kind() const noexcept { return kind_; }

 private:
  ErrorKind kind_;
};

/// One class per kind, so that callers can catch what they can mend.
#define DACT_ERROR_CLASS(Name, kind_name)                                           \
  struct Name : Error {                                                             \
    Name(std::string_view where, std::string_view what)                             \
        : Error(ErrorKind::kind_name, where, what) {}                               \
    explicit Name(const std::string& whole) : Error(ErrorKind::kind_name, whole) {} \
  };
DACT_ERROR_CLASS(ShapeError, shape)      ///< sizes do not fit
DACT_ERROR_CLASS(DtypeError, dtype)      ///< a dtype the operator does not take, or mixed dtypes
DACT_ERROR_CLASS(DeviceError, device)    ///< tensors on different devices, or no such device
DACT_ERROR_CLASS(NumericError, numeric)  ///< NaN or infinity where the guard forbids it
DACT_ERROR_CLASS(UsageError, usage)  ///< an argument outside its range, a call in the wrong state
DACT_ERROR_CLASS(IoError, io)        ///< a file cannot be read or written, or is not what it says
DACT_ERROR_CLASS(WeightsError, weights)    ///< missing, unexpected or mis-shaped parameters
DACT_ERROR_CLASS(ResourceError, resource)  ///< memory budget or disk exceeded
DACT_ERROR_CLASS(Cancelled, cancelled)     ///< the user asked to stop
#undef DACT_ERROR_CLASS

/// Throws the class of `kind` with text `whole`.
[[noreturn]] void throw_error(ErrorKind kind, const std::string& whole);

}  // namespace dact
