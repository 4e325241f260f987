// Any bytes as a .safetensors file: tensors or an IoError, nothing else.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "io/safetensors.hpp"
#include "tensor/error.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  try {
    dact::read_safetensors(dact::SafetensorsReader(dact::InputFile::over("fuzz", bytes)));
  } catch (const dact::IoError&) {
  }
  return 0;
}
