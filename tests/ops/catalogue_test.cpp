// The catalogue is complete: every operator that the project promises is an entry, spelled so, and every entry is whole.
#include "autograd/catalogue.hpp"

#include <doctest/doctest.h>

#include <set>
#include <sstream>
#include <string>

using namespace dact;

TEST_CASE("every promised operator is an entry") {
  std::istringstream promised(
      "add sub mul div neg abs sign sqrt rsqrt reciprocal exp expm1 log log1p sin cos tan tanh "
      "atan2 asin acos erf "
      "sigmoid silu relu prelu gelu gelu_quick softplus pow square floor ceil round clamp minimum "
      "maximum lerp where "
      "isfinite eq ne lt le gt ge logical_and logical_or logical_not cast "
      "sum mean var var_mean max min argmax argmin norm_l1 norm_l2 sort topk softmax log_softmax "
      "logsumexp cross_entropy "
      "bce_with_logits l1 mse cosine_similarity l2_normalize "
      "matmul linear conv2d attention cross "
      "reshape permute expand slice flip cat split stack pad gather scatter_add index_select "
      "embedding "
      "avg_pool2d max_pool2d adaptive_avg_pool2d interpolate_nearest interpolate_bilinear "
      "interpolate_bilinear_aa "
      "interpolate_bicubic_aa resize_u8 grid_sample affine_grid "
      "group_norm group_norm_silu layer_norm batch_norm batch_norm_eval dropout");
  for (std::string name; promised >> name;)
    CHECK_MESSAGE(find_entry(name) != nullptr, name, " is no entry");
}

TEST_CASE("entries are whole and their names unique") {
  std::set<std::string> names;
  for (const OpDef* op : catalogue()) {
    CAPTURE(op->name);
    CHECK(names.insert(std::string(op->name)).second);
    CHECK(!op->equation.empty());
    REQUIRE(static_cast<bool>(op->samples));
    REQUIRE(static_cast<bool>(op->bad_samples));
    CHECK(op->samples().size() >= 5);
    CHECK(op->bad_samples().size() >= 2);
    if (!op->composite) CHECK(static_cast<bool>(op->forward));
    if (!op->composite && !op->vjp) CHECK(!op->no_gradient.empty());
    if (op->tolerance.gradcheck_rtol > 1e-6) CHECK(!op->tolerance.gradcheck_why.empty());
  }
}
