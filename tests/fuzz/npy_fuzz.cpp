// Any bytes as a .npy file: read, or IoError.
#include "io/npy.hpp"
#include "tensor/error.hpp"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t bytes) {
  using namespace dact;
  const std::string_view text(reinterpret_cast<const char*>(data), bytes);
  try {
    const Tensor tensor = read_npy(InputFile::over("fuzz", text));
    if (static_cast<std::size_t>(tensor.numel()) * size_of(tensor.dtype()) > bytes)
      __builtin_trap();
  } catch (const IoError&) {
    return 0;
  }
  return 0;
}
