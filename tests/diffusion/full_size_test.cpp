// ffhq256 at full size: z_sem and eps against the reference (spec/diffae.md section 12).
#include <cmath>
#include <string>
#include <vector>

#include "diffusion/diffae.hpp"
#include "tests/support/golden.hpp"

using namespace dact;
using namespace dact::diffusion;

namespace {

// factor * uniform(name), multiplied in float64 and rounded once, as the golden's metadata says.
Var input_image(const std::string& name, double factor, std::int64_t size) {
  std::vector<double> u = nn::fill_uniform_values(name, 3 * size * size);
  for (double& x : u) x *= factor;
  return Var(from_vector(u, {1, 3, size, size}).to(DType::f32));
}

}  // namespace

TEST_SUITE("slow") {
  TEST_CASE("ffhq256: z_sem and eps equal the reference") {
    const TensorFile golden = read_safetensors(test::golden_path("diffae_ffhq256.safetensors"));
    DiffAE model(diffae_config("ffhq256"));
    nn::fill_by_name(model);
    const NoGrad no_grad;
    const Var z = model.encoder(input_image("input.image", 1, 256));
    const double z_difference = test::max_difference(z.value(), golden.tensors.at("z_sem"));
    const Var x_t = input_image("input.x_t", std::sqrt(3.0), 256);
    const Tensor t = full({1}, 500, DType::i64);
    const Var eps = model.unet(x_t, t, Var(golden.tensors.at("z_sem")));
    const double eps_difference = test::max_difference(eps.value(), golden.tensors.at("eps"));
    MESSAGE("z_sem differs by ", z_difference, ", eps by ", eps_difference, "; float64 differs by ",
            golden.metadata.at("float64_check"));
    CHECK(z_difference <= 1e-5);
    CHECK(eps_difference <= 1e-4);
  }

  TEST_CASE("ffhq256: a forward without gradient needs the weights once and 320 MiB") {
    UNet unet(diffae_config("ffhq256"));
    nn::fold_weights(unet);
    const NoGrad no_grad;
    const Var x_t(zeros({1, 3, 256, 256})), z(zeros({1, 512}));
    const Tensor t = full({1}, 500, DType::i64);
    reset_memory_peak();
    unet(x_t, t, z);
    const double mib = 1 << 20,
                 weights = 4.0 * static_cast<double>(nn::parameter_count(unet)) / mib;
    const double peak = static_cast<double>(memory_stats().peak) / mib;
    MESSAGE("weights ", weights, " MiB, peak ", peak, " MiB");
    CHECK(peak <= weights + 320);
  }
}
