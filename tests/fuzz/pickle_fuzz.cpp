// Any bytes as a pickle: a tree that can be printed, or IoError.
#include "io/pickle.hpp"
#include "tensor/error.hpp"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t bytes) {
  using namespace dact;
  const std::string_view text(reinterpret_cast<const char*>(data), bytes);
  try {
    const PickleTree tree = read_pickle(InputFile::over("fuzz", text));
    if (pickle_json(tree, tree.root, 4096).size() > 4096 + 3) __builtin_trap();
  } catch (const IoError&) {
    return 0;
  }
  return 0;
}
