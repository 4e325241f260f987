// Any bytes as a .npy file: a tensor or an IoError, nothing else.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "io/npy.hpp"
#include "tensor/error.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  try {
    dact::read_npy(dact::InputFile::over("fuzz", bytes));
  } catch (const dact::IoError&) {
  }
  return 0;
}
