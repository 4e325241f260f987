// Any bytes as FLAME's model (a pickle) or landmark embedding (.npy of one object): every array in it, or IoError. Memory
// is limited to 512 MiB; a file that asks for more gets ResourceError.
#include "io/npy.hpp"
#include "io/pickle_arrays.hpp"
#include "tensor/error.hpp"
#include "tensor/memory.hpp"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t bytes) {
  using namespace dact;
  set_memory_limit(std::size_t{1} << 29);
  const InputFile file =
      InputFile::over("fuzz", std::string_view(reinterpret_cast<const char*>(data), bytes));
  const bool npy = bytes > 0 && data[0] == 0x93;
  try {
    const PickleTree tree = npy ? read_npy_object(file) : read_pickle(file);
    require_array_globals(tree, file.name());
    const std::vector<NodeId> items = tree.at(tree.root).items;
    for (std::size_t i = 1; i < items.size() && i < 32; i += 2) {
      try {
        const Tensor tensor = pickled_array(tree, items[i], "fuzz: array");
        if (tensor.numel() > (std::int64_t{1} << 24)) __builtin_trap();  // no file here is so large
      } catch (const IoError&) {
        continue;  // the next array may be whole
      }
    }
  } catch (const IoError&) {
    return 0;
  } catch (const ResourceError&) {
    return 0;
  }
  return 0;
}
