// Any bytes as a PyTorch checkpoint, zip or legacy: all its tensors, or IoError. Memory is limited to 512 MiB; a file
// that asks for more gets ResourceError.
#include "io/torch_checkpoint.hpp"
#include "tensor/error.hpp"
#include "tensor/memory.hpp"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t bytes) {
  using namespace dact;
  set_memory_limit(std::size_t{1} << 29);
  const std::string_view text(reinterpret_cast<const char*>(data), bytes);
  try {
    TorchReader reader(InputFile::over("fuzz", text));
    const TensorFile file = read_torch(reader);
    if (file.order.size() != file.tensors.size()) __builtin_trap();
  } catch (const IoError&) {
    return 0;
  } catch (const ResourceError&) {
    return 0;
  }
  return 0;
}
