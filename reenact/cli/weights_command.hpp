// The two halves of `diffusionact weights`.
#pragma once
#include <string>
#include <vector>

#include "reenact/cli/options.hpp"

namespace dact::cli {

struct ImportOptions {
  std::vector<std::string> files;
  std::string out, as;
};
struct CheckOptions {
  std::string folder;
  std::vector<std::string> names;
  bool json = false;
};
int run_import(Context& context, const ImportOptions& options);
int run_check(Context& context, const CheckOptions& options);

/// UsageError, with the nearest, for a name that is not in the table of known weights.
void require_known(const std::string& name);

}  // namespace dact::cli
