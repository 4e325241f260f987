// `weights import` and `weights check`, and weights straight from a checkpoint.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <tuple>

#include "io/image.hpp"
#include "reenact/cli/exit_codes.hpp"
#include "reenact/cli/network_weights.hpp"
#include "reenact/cli/networks.hpp"
#include "reenact/pipeline/model.hpp"
#include "reenact/train/artefact.hpp"
#include "tensor/digest.hpp"
#include "tensor/error.hpp"
#include "tests/io/pickles.hpp"
#include "tests/reenact/program.hpp"
#include "tests/support/golden.hpp"

using namespace dact;
using namespace dact::cli;
using namespace dact::test;

namespace {

std::unique_ptr<Network> filled(std::uint64_t seed) {
  auto network = make_network("diffae-tiny");
  nn::fill_by_name(network->module(), seed);
  return network;
}
const nn::StateDict& tiny_state() {
  static const nn::StateDict state = nn::state_dict(filled(0)->module());
  return state;
}
std::string tiny_digest() { return nn::weights_digest(filled(0)->module()); }

// A training checkpoint as Lightning 1.4 lays it out, in the legacy container: each copy of the
// weights under its prefix, the fixed noise, the epoch, and a callback's class as a key.
std::string lightning(const std::vector<std::pair<std::string, nn::StateDict>>& copies) {
  using namespace pickles;
  std::string entries, keys, data;
  int key = 0;
  const auto add = [&](const std::string& name, const Tensor& x) {
    const auto count = static_cast<std::int32_t>(x.numel());
    std::string sizes, strides;
    for (const std::int64_t n : x.shape()) sizes += integer(static_cast<std::int32_t>(n));
    for (const std::int64_t n : row_major(x.shape()))
      strides += integer(static_cast<std::int32_t>(n));
    const std::string id = std::to_string(key++);
    entries += text(name) + tensor(storage("FloatStorage", id, count), 0, sizes, strides);
    keys += text(id) + "a";
    data += le(std::int64_t{count}) + std::string(static_cast<const char*>(x.raw_data()),
                                                  4 * static_cast<std::size_t>(count));
  };
  add("x_T", zeros({1, 3, 32, 32}));
  for (const auto& [prefix, tensors] : copies)
    for (const auto& [name, value] : tensors) add(prefix + name, value);
  const std::string callbacks =
      "}" + global("pytorch_lightning.callbacks", "ModelCheckpoint") + "}s";
  return legacy("}(" + text("epoch") + integer(7) + text("state_dict") +
                    call(global("collections", "OrderedDict"), "") + "(" + entries + "u" +
                    text("callbacks") + callbacks + "u",
                keys, data);
}

std::size_t header_length(const std::string& safetensors) {
  std::uint64_t length = 0;
  std::memcpy(&length, safetensors.data(), sizeof length);
  return length;
}

// A folder with diffae-tiny imported into it.
struct Imported : Folder {
  Imported() {
    write_safetensors(file("source"), tiny_state());
    REQUIRE(run({"weights", "import", file("source"), "--out", path.string()}) == kOk);
    std::filesystem::remove(path / "source");
  }
  std::string weights() const { return file("diffae-tiny.safetensors"); }
  Result check(std::vector<std::string> more = {}) const {
    more.insert(more.begin(), {"weights", "check", path.string()});
    return result_of(more);
  }
};

}  // namespace

TEST_CASE("import takes the averaged copy of a training checkpoint and tells what it left") {
  const Folder folder;
  write_file(folder.file("last.ckpt"), lightning({{"model.", nn::state_dict(filled(1)->module())},
                                                  {"ema_model.", tiny_state()}}));
  const Result r =
      result_of({"weights", "import", folder.file("last.ckpt"), "--out", folder.file("w")});
  REQUIRE(r.code == kOk);
  CHECK(r.prints("last.ckpt (PyTorch legacy)"));
  CHECK(r.prints("took    284 tensors under \"state_dict/ema_model.\" as diffae-tiny"));
  CHECK(r.prints("left    state_dict/model.* (284), state_dict/x_T (1)"));
  CHECK(r.prints("digest  " + tiny_digest()));
  const TensorFile out = read_safetensors(folder.file("w/diffae-tiny.safetensors"));
  CHECK(out.metadata.at("source") == "last.ckpt");
  CHECK(out.metadata.at("weights_digest") == tiny_digest());
  const auto lines = read_keys("diffae_tiny.txt");
  REQUIRE(out.order.size() == lines.size());
  for (std::size_t i = 0; i < lines.size(); ++i) CHECK(out.order[i] == lines[i].key);
  for (const auto& [name, value] : tiny_state())
    CHECK(digest_of(out.tensors.at(name)) == digest_of(value));

  // The raw copy alone is never taken for the averaged one.
  write_file(folder.file("raw.ckpt"), lightning({{"model.", tiny_state()}}));
  const Result raw =
      result_of({"weights", "import", folder.file("raw.ckpt"), "--out", folder.file("w2")});
  CHECK(raw.code == kWeights);
  CHECK(raw.says("must hold a network that is known"));
  CHECK_FALSE(folder.holds("w2/diffae-tiny.safetensors"));
}

TEST_CASE("commands take weights from a checkpoint, a file or the folder: the same z_sem") {
  const Imported folder;
  write_file(folder.file("last.ckpt"), lightning({{"ema_model.", tiny_state()}}));
  write_safetensors(folder.file("image.safetensors"), {{"image", zeros({1, 3, 32, 32})}});
  const auto encoded = [&](const std::vector<std::string>& weights) {
    std::vector<std::string> words{"encode", folder.file("image.safetensors"), "--out",
                                   folder.file("z")};
    words.insert(words.end(), weights.begin(), weights.end());
    REQUIRE(run(words) == kOk);
    const TensorFile z = read_safetensors(folder.file("z"));
    CHECK(z.metadata.at("weights_digest") == tiny_digest());
    CHECK(z.metadata.at("model") == "tiny");
    return digest_of(z.tensors.at("z_sem"));
  };
  const std::string z = encoded({"--model", "tiny", "--fill", "0"});
  CHECK(z == encoded({"--weights", folder.file("last.ckpt")}));
  CHECK(z == encoded({"--weights", folder.weights()}));
  CHECK(z == encoded({"--weights", folder.path.string()}));
  CHECK(z == encoded({"--weights", folder.path.string(), "--model", "tiny"}));
  CHECK(run({"encode", folder.file("image.safetensors"), "--out", folder.file("z"), "--weights",
             folder.weights(), "--model", "celeba64"}) == kWeights);
  CHECK(run({"net", "run", "diffae-tiny.encoder", "--weights", folder.file("last.ckpt"), "--inputs",
             folder.file("image.safetensors"), "--output", folder.file("net")}) == kOk);
  CHECK(digest_of(read_safetensors(folder.file("net")).tensors.at("z_sem")) == z);
}

TEST_CASE("the container is told by its bytes: a length of safetensors may begin like a pickle") {
  const Folder folder;
  for (std::size_t i = 0; i < 32; ++i) {  // lengths are padded to 8: one in 32 ends in 0x80
    const std::string path = folder.file("w");
    write_safetensors(path, {{"x", zeros({1})}}, {{"k", std::string(8 * i, 'a')}});
    CHECK(WeightsFile(path).container() == "safetensors");
  }
  CHECK(WeightsFile(golden_path("torch_legacy.pt")).container() == "PyTorch legacy");
  CHECK_THROWS_WITH_AS(WeightsFile(folder.file("none")), doctest::Contains("none"), IoError);
}

TEST_CASE("import rounds other floating types, and refuses what is not the network") {
  const Folder folder;
  nn::StateDict state = tiny_state();
  const std::string in = folder.file("in"), w = folder.file("w");
  const auto import = [&](const std::vector<std::string>& more = {}) {
    write_safetensors(in, state);
    std::vector<std::string> words{"weights", "import", in, "--out", w};
    words.insert(words.end(), more.begin(), more.end());
    return result_of(words);
  };
  state["out.2.bias"] = state["out.2.bias"].to(DType::f64);
  CHECK(import().code == kOk);
  CHECK(read_safetensors(w + "/diffae-tiny.safetensors").metadata.at("weights_digest") ==
        tiny_digest());
  std::filesystem::remove_all(w);

  state.erase("encoder.out.3.bias");
  state["encoder.out.3.weight"] = zeros({32, 32, 1});
  state["extra"] = zeros({2});
  const Result bad = import();
  CHECK(bad.code == kWeights);
  CHECK(bad.says("1 missing:\n    encoder.out.3.bias f32[32]"));
  CHECK(bad.says("1 unexpected:\n    extra F32[2]"));
  CHECK(bad.says("encoder.out.3.weight must be [32, "));
  state = {{"conv.weight", zeros({3, 3})}};
  CHECK(import().says("got 1 tensors, the first \"conv.weight\""));
  CHECK(import({"--as", "diffae-tiny"}).says("284 missing"));
  CHECK(import({"--as", "diffae-tyni"}).says("did you mean diffae-tiny?"));
  state = tiny_state();
  state["out.2.bias"] = full({3}, HUGE_VAL);
  const Result infinite = import();
  CHECK(infinite.code == kNumeric);
  CHECK(infinite.says("in tensor out.2.bias f32[3]@cpu at element 0"));
  CHECK_FALSE(folder.holds("w/diffae-tiny.safetensors"));
}

TEST_CASE("of several files the good ones are imported and the code says that some were not") {
  const Folder folder;
  write_safetensors(folder.file("good"), tiny_state());
  const Result r = result_of({"weights", "import", golden_path("malicious.pt"), folder.file("good"),
                              "--out", folder.file("w")});
  CHECK(r.code == kPartial);
  CHECK(r.says("malicious.pt"));
  CHECK(folder.holds("w/diffae-tiny.safetensors"));
  CHECK(run({"weights", "import", golden_path("malicious.pt"), "--out", folder.file("w")}) ==
        kInputRefused);
}

TEST_CASE("check: what is right, and each of the six faults in its own words") {
  const Imported good;
  const Result ok = good.check();
  CHECK(ok.code == kOk);
  CHECK(ok.prints("ok           diffae-tiny.safetensors"));
  CHECK(ok.prints("digest  " + tiny_digest()));
  CHECK(ok.prints("absent       diffae-ffhq256.safetensors\n"));

  SUBCASE("absent") {
    const Result r = good.check({"diffae-ffhq128", "diffae-tiny"});
    CHECK(r.code == kPartial);
    CHECK(r.prints("absent       diffae-ffhq128.safetensors"));
    CHECK(r.prints("ok           diffae-tiny.safetensors"));
  }
  SUBCASE("empty") {
    write_file(good.weights(), "");
    const Result r = good.check();
    CHECK(r.code == kEmpty);
    CHECK(r.prints("empty        diffae-tiny.safetensors\n  the file has 0 bytes"));
  }
  SUBCASE("cut short") {
    const std::string bytes = read_file(good.weights(), 1U << 26);
    const std::size_t header = 8 + header_length(bytes);
    for (const std::size_t left : {std::size_t{1}, std::size_t{8}, std::size_t{9}, std::size_t{100},
                                   header - 1, header, header + 1, bytes.size() - 1}) {
      CAPTURE(left);
      write_file(good.weights(), bytes.substr(0, left));
      const Result r = good.check();
      CHECK(r.code == kCutShort);
      CHECK(r.prints("cut short    diffae-tiny.safetensors"));
    }
  }
  SUBCASE("no file of weights") {
    write_file(good.weights(), "<!DOCTYPE html><title>404</title>");
    const Result r = good.check();
    CHECK(r.code == kInputRefused);
    CHECK(r.prints("refused      diffae-tiny.safetensors"));
  }
  SUBCASE("another model") {
    const auto other = make_network("diffae-celeba64.encoder");
    write_weights(good.weights(), other->module(), {});
    const Result r = good.check({"--json"});
    CHECK(r.code == kWeights);
    const auto rows = nlohmann::json::parse(r.out);
    const auto row = std::find_if(rows.begin(), rows.end(), [](const auto& each) {
      return each.at("file") == "diffae-tiny.safetensors";
    });
    REQUIRE(row != rows.end());
    CHECK(row->at("state") == "wrong model");
    CHECK(row->at("missing").size() + row->at("misfits").size() > 150);
  }
  SUBCASE("another folder") {
    const Folder empty;
    const Result r = result_of({"weights", "check", empty.path.string()});
    CHECK(r.code == kUsage);
    CHECK(r.says("is it the right folder?"));
    CHECK(run({"weights", "check", good.weights()}) == kUsage);
  }
  SUBCASE("not a number") {
    auto network = filled(0);
    nn::state(network->module())[3].var.set_value(full({64}, HUGE_VAL));
    write_weights(good.weights(), network->module(), {});
    CHECK(good.check().code == kNumeric);
  }
  SUBCASE("made elsewhere") {
    write_safetensors(good.weights(), tiny_state());
    const Result r = good.check();
    CHECK(r.code == kOk);
    CHECK(r.prints("no digest was recorded"));
  }
}

TEST_CASE("check finds any flipped bit: in the tensors, their names, the metadata") {
  const Imported folder;
  const std::string good = read_file(folder.weights(), 1U << 26);
  const std::size_t header = header_length(good);
  const std::size_t metadata = good.find("__metadata__"), metadata_end = good.find('}');
  REQUIRE(metadata < metadata_end);
  // Where to flip: the header's length, the metadata, names and offsets, the numbers.
  const std::tuple<std::size_t, std::size_t, int> places[] = {{0, 8, 6},
                                                              {metadata, metadata_end, 40},
                                                              {metadata_end, 8 + header, 20},
                                                              {8 + header, good.size(), 10}};
  std::vector<std::size_t> flips;
  test::Words words{7};
  for (const auto& [begin, end, count] : places)
    for (int i = 0; i < count; ++i) flips.push_back(begin + words() % (end - begin));
  flips.insert(flips.end(), {8, good.size() - 1});  // the first brace, the last number
  int changed = 0, damaged = 0;
  for (const std::size_t at : flips) {
    const auto bit = static_cast<int>(words() % 8);
    CAPTURE(at);
    CAPTURE(bit);
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ (1 << bit));
    write_file(folder.weights(), bad);
    const Result r = folder.check();
    CHECK(r.code == kMismatch);
    changed += r.prints("changed      diffae-tiny.safetensors") ? 1 : 0;
    damaged += r.prints("damaged      diffae-tiny.safetensors") ? 1 : 0;
  }
  CHECK(changed > 20);
  CHECK(damaged > 20);
  CHECK(changed + damaged == static_cast<int>(flips.size()));
}

namespace {

// A folder with one file of weights as `train` ships it.
struct Shipped : Folder {
  void write(const std::string& name, const nn::StateDict& state) const {
    std::map<std::string, std::string> metadata{{"network", "stage3"}};
    const nn::StateDict half = train::half_precision(state);
    std::vector<std::pair<std::string, std::string>> digests;
    std::vector<std::string> order;
    for (const auto& [key, value] : half) {
      digests.emplace_back(key, digest_of(value));
      order.push_back(key);
    }
    metadata["content_digest"] = content_digest(metadata, digests);
    write_safetensors(file(name + ".safetensors"), half, metadata, order);
  }
  Result check(const std::string& name) const {
    return result_of({"weights", "check", path.string(), name});
  }
};

nn::StateDict filled_state(nn::Module& module) {
  nn::fill_by_name(module);
  return nn::state_dict(module);
}

}  // namespace

TEST_CASE("check knows the heads64 family by keys and shapes, half precision and all") {
  int small = 0;
  for (const KnownWeights& row : known_weights()) {
    if (row.name.find("heads64") == std::string_view::npos) continue;
    CAPTURE(std::string(row.name));
    const Shipped folder;
    const auto network = make_network(std::string(row.network));
    folder.write(std::string(row.name), filled_state(network->module()));
    const Result r = folder.check(std::string(row.name));
    CHECK(r.code == kOk);
    CHECK(r.prints("ok           " + row.file_name()));
    CHECK(r.prints("network " + std::string(row.network) + ": "));
    nn::load_state_dict(network->module(), read_safetensors(folder.file(row.file_name())).tensors);
    CHECK(r.prints("digest  " + nn::weights_digest(network->module())));
    const auto found = recognise(WeightsFile(folder.file(row.file_name())));
    REQUIRE(found.size() == 1);
    CHECK(found[0]->network == row.network);
    ++small;
  }
  CHECK(small == 11);
  const Shipped wrong;
  const auto style = make_network("heads64.style");
  wrong.write("heads64.judge-embedder", filled_state(style->module()));
  const Result r = wrong.check("heads64.judge-embedder");
  CHECK(r.code == kWeights);
  CHECK(r.prints("this looks like heads64.style; got 36 tensors that fit\n  2 unexpected:"));
}

TEST_CASE("check: the UNet of a reenactment file may be absent, and is whole when it is there") {
  const Shipped folder;
  const auto& config = diffusion::diffae_config("heads64");
  reenact::ReenactmentModel model(config, reenact::preset_of("plain"));
  nn::StateDict state = filled_state(model);
  const std::size_t all = state.size();
  folder.write("reenact-heads64", state);
  Result r = folder.check("reenact-heads64");
  CHECK(r.code == kOk);
  CHECK(r.prints(fmt::format("network reenact-heads64.encoder, model.*: {} tensors fit", all)));
  state.erase("model.out.2.bias");
  folder.write("reenact-heads64", state);
  r = folder.check("reenact-heads64");
  CHECK(r.code == kWeights);
  CHECK(r.prints("1 missing:\n    model.out.2.bias f32[3]"));
}

TEST_CASE("import takes encoder and both UNet copies of the authors' reenactment checkpoint") {
  const Folder folder;
  reenact::ReenactmentModel model(diffusion::diffae_config("tiny"), reenact::preset_of("authors"));
  nn::StateDict authors{{"state_dict_diff/x_T", zeros({1, 3, 32, 32})},
                        {"state_dict_diff/model.encoder.out.3.bias", zeros({32})},
                        {"global_noise/noise", zeros({3, 32, 32})}};
  for (const auto& [key, value] : filled_state(model)) {
    const bool unet = key.starts_with("ema_model.") || key.starts_with("model.");
    authors[(unet ? "state_dict_diff/" : "state_dict_net/") + key] = value;
  }
  const std::string in = folder.file("diffusionact_model.pt"), w = folder.file("w");
  const auto import = [&] {
    write_safetensors(in, authors);
    return result_of({"weights", "import", in, "--out", w});
  };
  Result r = import();
  REQUIRE_MESSAGE(r.code == kOk, r.err);
  CHECK(
      r.prints("as reenact-tiny\n  left    global_noise/noise (1), state_dict_diff/model.* (1), "
               "state_dict_diff/x_T (1)\n"));
  CHECK(r.prints("digest  " + nn::weights_digest(model)));
  r = result_of({"weights", "check", w, "reenact-tiny"});
  CHECK(r.code == kOk);
  CHECK(r.prints("network reenact-tiny.encoder, ema_model.*, model.*: "));
  authors.erase("state_dict_diff/model.out.2.bias");
  r = import();
  CHECK(r.code == kWeights);
  CHECK(r.says("reenact-tiny"));
  CHECK(r.says("1 missing:\n    model.out.2.bias f32[3]"));
}

TEST_CASE("the hallmarks of the large networks stand in their key lists, and in no other's") {
  const std::pair<std::string, std::string> lists[] = {{"diffae-ffhq256", "diffae_ffhq256.txt"},
                                                       {"diffae-ffhq128", "diffae_ffhq128.txt"},
                                                       {"reenact-ffhq256", "diffusionact_net.txt"},
                                                       {"diffae-tiny", "diffae_tiny.txt"}};
  for (const auto& [name, list] : lists) {
    const auto lines = read_keys(list);
    for (const KnownWeights& row : known_weights()) {
      CAPTURE(std::string(row.name));
      CAPTURE(list);
      const bool holds = std::any_of(lines.begin(), lines.end(), [&](const KeyLine& line) {
        return line.key == row.hallmark && line.shape == row.hallmark_sizes;
      });
      CHECK(holds == (row.name == name));
    }
  }
}
