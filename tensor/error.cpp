#include "tensor/error.hpp"

namespace dact {

std::string_view name_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::shape:
      return "ShapeError";
    case ErrorKind::dtype:
      return "DtypeError";
    case ErrorKind::device:
      return "DeviceError";
    case ErrorKind::numeric:
      return "NumericError";
    case ErrorKind::usage:
      return "UsageError";
    case ErrorKind::io:
      return "IoError";
    case ErrorKind::weights:
      return "WeightsError";
    case ErrorKind::resource:
      return "ResourceError";
    case ErrorKind::cancelled:
      return "Cancelled";
    case ErrorKind::internal:
      break;
  }
  return "Error";
}

void throw_error(ErrorKind kind, const std::string& whole) {
  switch (kind) {
    case ErrorKind::shape:
      throw ShapeError(whole);
    case ErrorKind::dtype:
      throw DtypeError(whole);
    case ErrorKind::device:
      throw DeviceError(whole);
    case ErrorKind::numeric:
      throw NumericError(whole);
    case ErrorKind::usage:
      throw UsageError(whole);
    case ErrorKind::io:
      throw IoError(whole);
    case ErrorKind::weights:
      throw WeightsError(whole);
    case ErrorKind::resource:
      throw ResourceError(whole);
    case ErrorKind::cancelled:
      throw Cancelled(whole);
    case ErrorKind::internal:
      break;
  }
  throw Error(kind, whole);
}

}  // namespace dact
