// `weights import`: official checkpoints to safetensors, once.
#include <fmt/format.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "io/json.hpp"
#include "reenact/cli/environment.hpp"
#include "reenact/cli/exit_codes.hpp"
#include "reenact/cli/manifest.hpp"
#include "reenact/cli/network_weights.hpp"
#include "reenact/cli/weights_command.hpp"
#include "tensor/error.hpp"

namespace dact::cli {
namespace {

struct Found {
  const KnownWeights* row = nullptr;
  std::shared_ptr<nn::Module> module;
  Fit fit;
};

std::string known_names() {
  std::string text;
  for (const KnownWeights& row : known_weights())
    text += (text.empty() ? "" : ", ") + std::string(row.name);
  return text;
}

Found fitted(const WeightsFile& file, const KnownWeights* row) {
  Found found{row, module_of(*row, file), {}};
  found.fit = best_fit(file, *found.module, row);
  return found;
}

// The network that the file holds whole; of several rows with the same hallmark the one that fits.
Found find_network(const WeightsFile& file, const std::string& as) {
  std::vector<const KnownWeights*> rows = recognise(file);
  if (!as.empty()) rows = {known_weights_of(as)};
  if (rows.empty())
    throw WeightsError(
        file.path(),
        fmt::format("must hold a network that is known ({}), got {} tensors{}; --as NAME lists "
                    "what is missing for one",
                    known_names(), file.names().size(),
                    file.names().empty() ? "" : ", the first " + json_quoted(file.names()[0])));
  Found best;
  for (const KnownWeights* row : rows) {
    Found each = fitted(file, row);
    if (each.fit.whole()) return each;
    if (best.row == nullptr) best = std::move(each);
  }
  throw WeightsError(file.path(), fmt::format("must hold the weights of {}, got {}", best.row->name,
                                              best.fit.text()));
}

// "state_dict/model.*" for a tensor that was left: two levels of its name.
std::string group_of(const std::string& name) {
  const std::size_t slash = name.find('/');
  const std::size_t end = name.find_first_of("./", slash == std::string::npos ? 0 : slash + 1);
  return end == std::string::npos ? name : name.substr(0, end + 1) + "*";
}

std::string left_text(const WeightsFile& file, const Found& found) {
  std::map<std::string, std::int64_t> groups;
  std::map<std::string, bool> taken;
  for (const nn::Named& p : nn::state(*found.module)) taken[name_under(found.fit.prefix, p.key)];
  for (const std::string& name : file.names())
    if (!taken.contains(name)) ++groups[group_of(name)];
  std::string text;
  for (const auto& [group, count] : groups)
    text += fmt::format("{}{} ({})", text.empty() ? "" : ", ", group, count);
  return text.empty() ? "nothing" : text;
}

void import_file(Context& context, const std::string& path, const ImportOptions& o) {
  WeightsFile file(path);
  const Found found = find_network(file, o.as);
  context.say(fmt::format("{}: reading {} tensors of {}", file_name_of(path), found.fit.found,
                          found.row->name));
  const std::string left = left_text(file, found);
  for (nn::Named& p : nn::state(*found.module))
    p.var.set_value(read_parameter(file, name_under(found.fit.prefix, p.key), p.var.dtype()));
  const std::string out = (std::filesystem::path(o.out) / found.row->file_name()).string();
  write_weights(out, *found.module,
                {{"network", std::string(found.row->name)},
                 {"licence", std::string(found.row->licence)},
                 {"source", file_name_of(path)},
                 {"source_container", std::string(file.container())},
                 {"source_prefix", found.fit.prefix},
                 {"version", version_line()}});
  const std::string digest = nn::weights_digest(*found.module);
  fmt::print(
      "{} ({})\n  took    {} tensors under {} as {}\n  left    {}\n  wrote   {}\n"
      "  digest  {}\n  licence {}\n",
      file_name_of(path), file.container(), found.fit.found, json_quoted(found.fit.prefix),
      found.row->name, left, found.row->file_name(), digest, found.row->licence);
  context.event("imported", {{"network", found.row->name}, {"weights_digest", digest}});
}

}  // namespace

int run_import(Context& context, const ImportOptions& o) {
  if (!o.as.empty()) require_known(o.as);
  make_output_folder(o.out);
  int failed = 0;
  for (const std::string& path : o.files) try {
      import_file(context, path, o);
    } catch (const Error& e) {
      if (o.files.size() == 1) throw;
      ++failed;
      fmt::print(stderr, "error: {}\n", e.what());
    }
  return failed > 0 ? kPartial : kOk;
}

}  // namespace dact::cli
