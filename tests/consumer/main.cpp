// Draws the same sample alone and in a batch of three and compares the bits.
#include <cstdio>

#include "tensor/digest.hpp"
#include "tensor/tensor.hpp"

int main() {
  const dact::RandomKey key{.seed = 7, .use = "x_T"};
  const dact::Tensor one = dact::randn({1, 3, 8, 8}, key, /*per_sample=*/true);
  const dact::Tensor three = dact::randn({3, 3, 8, 8}, key, /*per_sample=*/true);
  const bool same = dact::digest_of(one) == dact::digest_of(three.sliced(0, 0, 1));
  std::printf("%s %s\n", one.str().c_str(), same ? "same bits" : "other bits");
  return same ? 0 : 1;
}
