// The small face networks of the heads64 family, for `diffusionact net`.
#pragma once
#include "reenact/cli/networks.hpp"

namespace dact::cli {

std::vector<std::string> face_network_names();
/// Null when there is no network of that name.
std::unique_ptr<Network> make_face_network(const std::string& name);

}  // namespace dact::cli
