// `diffusionact weights`: official checkpoints brought in once, and files checked before a long run.
#include "reenact/cli/weights_command.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "reenact/cli/commands.hpp"
#include "reenact/cli/exit_codes.hpp"
#include "reenact/cli/network_weights.hpp"
#include "reenact/cli/suggest.hpp"
#include "tensor/digest.hpp"
#include "tensor/error.hpp"

namespace dact::cli {
namespace {

/// One expected file. `code`: kOk, or what is wrong with it; see the command's help.
struct FileState {
  const KnownWeights* row = nullptr;
  std::string network;  // and the UNet copies beside it
  std::string state = "ok", detail;
  int code = kOk;
  std::uint64_t bytes = 0;
  std::string digest;
  Fit fit;
};

void set_fault(FileState& f, int code, std::string state, std::string detail) {
  f.code = code;
  f.state = std::move(state);
  f.detail = std::move(detail);
}

// Every tensor is read; both digests come of it.
void check_content(FileState& f, WeightsFile& file) {
  std::vector<std::pair<std::string, std::string>> digests;
  Sha256 weights;
  for (const std::string& name : file.names()) {
    const WeightsFile::Entry entry = file.entry(name);
    const Tensor x = file.read(name);
    digests.emplace_back(name, digest_of(x));
    weights.update(name + "\t" + digests.back().second + "\n");
  }
  f.digest = weights.finish();
  const auto& metadata = file.metadata();
  const auto recorded = metadata.find(std::string(kContentDigestKey));
  if (recorded == metadata.end() && !metadata.contains(std::string(kWeightsDigestKey)))
    f.detail = "no digest was recorded: made neither by `weights import` nor by `train`";
  else if (recorded == metadata.end() || recorded->second != content_digest(metadata, digests))
    set_fault(f, kMismatch, "changed",
              "a tensor or the metadata differs from what was written (its digest says so); "
              "import or fetch it again");
}

// ", ema_model.*" for a UNet copy beside a reenactment encoder.
std::string copies_text(const std::vector<nn::Named>& parameters) {
  std::string text;
  for (const std::string_view copy : {"ema_model.", "model."})
    if (std::any_of(parameters.begin(), parameters.end(),
                    [&](const nn::Named& p) { return p.key.starts_with(copy); }))
      text += fmt::format(", {}*", copy);
  return text;
}

void check_network(FileState& f, WeightsFile& file) {
  const auto module = module_of(*f.row, file);
  f.fit = best_fit(file, *module, f.row);
  if (f.fit.whole()) {
    std::vector<nn::Named> parameters = nn::state(*module);
    f.network += copies_text(parameters);
    for (nn::Named& p : parameters)
      p.var.set_value(read_parameter(file, name_under(f.fit.prefix, p.key), p.var.dtype()));
    f.digest = nn::weights_digest(*module);  // half precision is read as f32: as outputs tell it
    return;
  }
  std::string looks;
  for (const KnownWeights* other : recognise(file))
    if (other->network != f.row->network) looks = fmt::format("this looks like {}; ", other->name);
  set_fault(f, kWeights, "wrong model", looks + "got " + f.fit.text());
}

// Of a file that cannot be read: whether it was a safetensors file. No single bit spoils both signs.
bool begins_as_safetensors(const InputFile& file) {
  constexpr std::uint64_t kMaxHeader = 100'000'000;  // the format's own limit
  std::uint64_t length = 0;
  char brace = 0;
  if (file.size() < sizeof length + sizeof brace) return false;
  file.read_at(0, &length, sizeof length);
  file.read_at(sizeof length, &brace, sizeof brace);
  return brace == '{' || length <= kMaxHeader;
}

FileState check_file(const std::string& folder, const KnownWeights& row) {
  FileState f;
  f.row = &row;
  f.network = row.network;
  const std::string path = (std::filesystem::path(folder) / row.file_name()).string();
  if (!std::filesystem::exists(path)) {
    set_fault(f, kPartial, "absent", "no such file in the folder");
    return f;
  }
  bool ours = false;
  try {
    const InputFile input(path);
    f.bytes = input.size();
    if (f.bytes == 0) {
      set_fault(f, kEmpty, "empty", "the file has 0 bytes; import or fetch it again");
      return f;
    }
    ours = begins_as_safetensors(input);
    WeightsFile file(path);
    check_content(f, file);
    if (f.code == kOk) check_network(f, file);
  } catch (const NumericError& e) {
    set_fault(f, kNumeric, "not finite", e.what());
  } catch (const CutShortError& e) {
    set_fault(f, kCutShort, "cut short", e.what());
  } catch (const IoError& e) {
    set_fault(f, ours ? kMismatch : kInputRefused, ours ? "damaged" : "refused", e.what());
  } catch (const Error& e) {
    set_fault(f, exit_code(e.kind()), "refused", e.what());
  }
  return f;
}

nlohmann::ordered_json state_json(const FileState& f) {
  return {{"file", f.row->file_name()},
          {"network", f.network},
          {"state", f.state},
          {"code", f.code},
          {"detail", f.detail},
          {"bytes", f.bytes},
          {"weights_digest", f.digest},
          {"missing", f.fit.missing},
          {"unexpected", f.fit.unexpected},
          {"misfits", f.fit.misfits},
          {"licence", f.row->licence}};
}

void print_state(const FileState& f) {
  fmt::print("{:<12} {}", f.state, f.row->file_name());
  if (f.bytes > 0) fmt::print("  {} bytes", f.bytes);
  fmt::print("\n");
  if (!f.digest.empty()) fmt::print("  digest  {}\n", f.digest);
  if (!f.detail.empty() && (f.code != kOk || f.state == "ok")) fmt::print("  {}\n", f.detail);
  if (f.fit.whole() && f.fit.found > 0)
    fmt::print("  network {}: {} tensors fit\n", f.network, f.fit.found);
  if (f.state != "absent") fmt::print("  licence {}\n", f.row->licence);
}

// Without names every known file may be there, and one must be.
std::vector<FileState> check_all(const CheckOptions& o) {
  if (!std::filesystem::is_directory(o.folder))
    throw UsageError("weights check", fmt::format("DIR must be a folder, got {}", o.folder));
  std::vector<FileState> states;
  bool any = false;
  for (const KnownWeights& row : known_weights()) {
    any = any || std::filesystem::exists(std::filesystem::path(o.folder) / row.file_name());
    const bool asked = std::find(o.names.begin(), o.names.end(), row.name) != o.names.end();
    if (!asked && !o.names.empty()) continue;
    states.push_back(check_file(o.folder, row));
    if (!asked && states.back().state == "absent") states.back().code = kOk;
  }
  if (!any)
    throw UsageError("weights check",
                     fmt::format("DIR must hold files of weights, such as {}, got {}, "
                                 "which holds none that is known: is it the right folder?",
                                 known_weights()[0].file_name(), o.folder));
  return states;
}

}  // namespace

void require_known(const std::string& name) {
  if (known_weights_of(name) != nullptr) return;
  std::vector<std::string> names;
  for (const KnownWeights& row : known_weights()) names.emplace_back(row.name);
  const std::string near = nearest_name(name, names);
  throw UsageError("weights",
                   fmt::format("NAME must be one of {}, got \"{}\"{}", fmt::join(names, ", "), name,
                               near.empty() ? "" : "; did you mean " + near + "?"));
}

int run_check(Context& context, const CheckOptions& o) {
  for (const std::string& name : o.names) require_known(name);
  const std::vector<FileState> states = check_all(o);
  int code = kOk;
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const FileState& f : states) {
    if (code == kOk) code = f.code;
    rows.push_back(state_json(f));
    context.event("weights", rows.back());
    if (!o.json) print_state(f);
  }
  if (o.json) fmt::print("{}\n", rows.dump(2));
  return code;
}

Command add_weights(CLI::App& program) {
  CLI::App* app = program.add_subcommand(
      "weights",
      "Example: diffusionact weights import ffhq256_autoenc.ckpt --out weights\n\n"
      "Official checkpoints become safetensors once; every command reads those.");
  app->require_subcommand(1);
  CLI::App* import = app->add_subcommand(
      "import",
      "Example: diffusionact weights import ffhq256_autoenc.ckpt --out weights\n\n"
      "Reads PyTorch checkpoints as data (nothing in them is run), tells the network by its keys, "
      "takes the averaged copy (EMA) where there is one, and writes <network>.safetensors with "
      "its digest. Prints what it took and left.");
  auto i = std::make_shared<ImportOptions>();
  import->add_option("FILE", i->files, "checkpoints, or safetensors under other names")->required();
  import->add_option("--out", i->out, "the folder, made when it is not there")->required();
  import->add_option("--as", i->as, "take it for this network; lists what is missing if it is not");
  CLI::App* check = app->add_subcommand(
      "check",
      "Example: diffusionact weights check weights\n\n"
      "Every known file: found or not, size, digest, network, and what does not fit. Exit codes, "
      "of the "
      "first "
      "file that is not ok: 2 wrong folder; 8 a named file is absent; 9 empty; 10 cut short; 7 "
      "changed since it was written, be it by one bit; 4 the weights of another model; 6 a NaN or "
      "infinity; 3 no file of weights.");
  auto c = std::make_shared<CheckOptions>();
  check->add_option("DIR", c->folder, "the folder")->required();
  check->add_option("NAME", c->names, "weights that must be there; default: those found");
  check->add_flag("--json", c->json, "the same as JSON");
  return {app, [app, i, c](Context& context) {
            return app->got_subcommand("import") ? run_import(context, *i) : run_check(context, *c);
          }};
}

}  // namespace dact::cli
