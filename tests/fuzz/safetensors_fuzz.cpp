// Any bytes as a .safetensors file: read whole, or IoError.
#include "io/safetensors.hpp"
#include "tensor/error.hpp"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t bytes) {
  using namespace dact;
  const std::string_view text(reinterpret_cast<const char*>(data), bytes);
  try {
    const TensorFile file = read_safetensors(SafetensorsReader(InputFile::over("fuzz", text)));
    if (file.order.size() != file.tensors.size()) __builtin_trap();
  } catch (const IoError&) {
    return 0;
  }
  return 0;
}
