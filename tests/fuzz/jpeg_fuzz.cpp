// Any bytes as a picture, with JPEG seeds: u8 [H, W, 3], or IoError. 256 pixels a side keep a run short.
#include "io/image.hpp"
#include "tensor/error.hpp"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t bytes) {
  using namespace dact;
  const std::string_view text(reinterpret_cast<const char*>(data), bytes);
  const ImageLimits limits{.side = 256, .pixels = 65536};
  try {
    const Tensor image = read_image(InputFile::over("fuzz", text), limits);
    if (image.rank() != 3 || image.size(2) != 3 || image.numel() == 0) __builtin_trap();
  } catch (const IoError&) {
    return 0;
  }
  return 0;
}
