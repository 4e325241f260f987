// `net`: keys, costs and runs of the networks, as the command gives them.
#include <string>
#include <vector>

#include "autograd/observe.hpp"
#include "io/safetensors.hpp"
#include "reenact/cli/exit_codes.hpp"
#include "reenact/cli/networks.hpp"
#include "tensor/digest.hpp"
#include "tensor/error.hpp"
#include "tests/reenact/program.hpp"
#include "tests/support/golden.hpp"

using namespace dact;
using namespace dact::cli;
using namespace dact::test;

namespace {

std::map<std::string, Tensor> tensors_of(const std::string& path) {
  return read_safetensors(path).tensors;
}
std::map<std::string, Tensor> golden() {
  return tensors_of(test::golden_path("diffae_tiny.safetensors"));
}

std::string list_text(const std::string& name, bool encoder, bool unet) {
  std::string text;
  for (const test::KeyLine& line : test::read_keys(name))
    if (line.key.starts_with("encoder.") ? encoder : unet)
      text += line.key + "\t" + line.dtype + "\t" + line.shape + "\n";
  return text;
}

}  // namespace

TEST_CASE("net keys gives the key lists, whole and in parts") {
  for (const auto& [config, list] : {std::pair{"ffhq256", "diffae_ffhq256.txt"},
                                     {"ffhq128", "diffae_ffhq128.txt"},
                                     {"tiny", "diffae_tiny.txt"}}) {
    CAPTURE(config);
    const std::string name = "diffae-" + std::string(config);
    CHECK(key_lines(*make_network(name)) == list_text(list, true, true));
    CHECK(key_lines(*make_network(name + ".encoder")) == list_text(list, true, false));
    CHECK(key_lines(*make_network(name + ".unet")) == list_text(list, false, true));
  }
  CHECK(network_names().size() == 25);
  CHECK_THROWS_WITH_AS(make_network("diffae-tiny.enkoder"),
                       doctest::Contains("did you mean diffae-tiny.encoder?"), UsageError);
}

TEST_CASE("net run: both parts of tiny equal the reference; the dump holds what modules gave") {
  const Folder folder;
  const auto g = golden();
  write_safetensors(folder.file("image"), {{"image", g.at("input.image")}});
  REQUIRE(run({"net", "run", "diffae-tiny.encoder", "--fill", "0", "--inputs", folder.file("image"),
               "--output", folder.file("z")}) == kOk);
  CHECK_CLOSE(tensors_of(folder.file("z")).at("z_sem"), g.at("z_sem"), 1e-5);

  write_safetensors(folder.file("x"),
                    {{"x_t", g.at("input.x_t")}, {"t", g.at("input.t")}, {"z_sem", g.at("z_sem")}});
  REQUIRE(run({"net", "run", "diffae-tiny.unet", "--fill", "0", "--inputs", folder.file("x"),
               "--output", folder.file("eps"), "--dump", folder.file("dump")}) == kOk);
  const TensorFile out = read_safetensors(folder.file("eps"));
  CHECK_CLOSE(out.tensors.at("eps"), g.at("eps"), 1e-4);
  CHECK(out.metadata.at("network") == "diffae-tiny.unet");
  CHECK(out.metadata.at("weights_digest").size() == 64);

  const auto dump = tensors_of(folder.file("dump"));
  CHECK(digest_of(dump.at("out.2")) == digest_of(out.tensors.at("eps")));
  int compared = 0;
  for (const auto& [name, want] : g) {
    if (!name.starts_with("act.")) continue;
    const auto got = dump.find(name.substr(4));
    if (got == dump.end() || name == "act.input_blocks.3.0.out_layers.0")
      continue;  // runs fused with its SiLU
    CAPTURE(name);
    CHECK_CLOSE(got->second.sliced(0, 0, 1).reshaped(want.shape()), want, 1e-4);
    ++compared;
  }
  CHECK(compared >= 12);
}

TEST_CASE("net run: weights from a file, of the part or of the whole, give the bits of --fill") {
  const Folder folder;
  const auto whole = make_network("diffae-tiny");
  nn::fill_by_name(whole->module(), 7);
  write_safetensors(folder.file("whole"), nn::state_dict(whole->module()));
  write_safetensors(folder.file("image"), {{"image", golden().at("input.image")}});
  const auto encode = [&](const std::vector<std::string>& weights, const std::string& out) {
    std::vector<std::string> words{
        "net",      "run",           "diffae-tiny.encoder", "--inputs", folder.file("image"),
        "--output", folder.file(out)};
    words.insert(words.end(), weights.begin(), weights.end());
    return run(words);
  };
  REQUIRE(encode({"--fill", "7"}, "a") == kOk);
  REQUIRE(encode({"--weights", folder.file("whole")}, "b") == kOk);
  CHECK(digest_of(tensors_of(folder.file("a")).at("z_sem")) ==
        digest_of(tensors_of(folder.file("b")).at("z_sem")));

  auto bad = nn::state_dict(whole->module());
  bad.erase("encoder.out.3.bias");
  write_safetensors(folder.file("bad"), bad);
  CHECK(encode({"--weights", folder.file("bad")}, "c") == kWeights);
  bad["encoder.out.3.bias"] = full({32}, HUGE_VAL);
  write_safetensors(folder.file("bad"), bad);
  CHECK(encode({"--weights", folder.file("bad")}, "c") == kNumeric);
  CHECK(encode({"--weights", folder.file("image")}, "c") == kWeights);
  CHECK(encode({"--weights", folder.file("none")}, "c") == kInputRefused);
  CHECK(encode({"--weights", folder.file("whole"), "--fill", "7"}, "c") == kUsage);
  CHECK(encode({}, "c") == kUsage);
  CHECK_FALSE(folder.holds("c"));
}

TEST_CASE("net run refuses inputs that are not the network's, and writes nothing") {
  const Folder folder;
  const auto g = golden();
  const Tensor x = g.at("input.x_t"), t = g.at("input.t"), z = g.at("z_sem");
  const std::vector<std::map<std::string, Tensor>> bad = {
      {},
      {{"x_t", x}, {"t", t}},                                 // no z_sem
      {{"x_t", x}, {"t", t.to(DType::f32)}, {"z_sem", z}},    // t is no integer
      {{"x_t", x}, {"t", t.sliced(0, 0, 1)}, {"z_sem", z}},   // another batch
      {{"x_t", x}, {"t", t}, {"z_sem", z.sliced(1, 0, 31)}},  // z of the wrong width
      {{"x_t", x.sliced(2, 0, 16)}, {"t", t}, {"z_sem", z}},  // another size
      {{"x_t", x.sliced(0, 0, 0)},
       {"t", t.sliced(0, 0, 0)},
       {"z_sem", z.sliced(0, 0, 0)}}};  // nothing
  for (std::size_t i = 0; i < bad.size(); ++i) {
    CAPTURE(i);
    std::map<std::string, Tensor> tensors;
    for (const auto& [name, value] : bad[i]) tensors[name] = value.contiguous();
    write_safetensors(folder.file("in"), tensors);
    CHECK(run({"net", "run", "diffae-tiny.unet", "--fill", "0", "--inputs", folder.file("in"),
               "--output", folder.file("out")}) == kInputRefused);
  }
  CHECK_FALSE(folder.holds("out"));
}

namespace {

// The last line of the table: total, parameters, MACs, MiB.
void check_costs(const std::string& name, const std::string& parameters, const std::string& macs) {
  CAPTURE(name);
  const auto network = make_network(name);
  const std::string text = describe_text(*network);
  CHECK(text.find("fill overrides: none\n") != std::string::npos);
  std::istringstream total(text.substr(text.rfind("\ntotal") + 1));
  std::string word, has_parameters, has_macs;
  total >> word >> has_parameters >> has_macs;
  CHECK(has_parameters == parameters);
  CHECK(has_macs == macs);
}

}  // namespace

TEST_CASE("net describe counts the published parameters and multiply-adds at 64 pixels") {
  check_costs("diffae-celeba64.encoder", "19320512", "1534328832");
  check_costs("diffae-celeba64.unet", "71518723", "13359153152");
}

TEST_SUITE("slow") {
  TEST_CASE(
      "net describe counts the published parameters and multiply-adds at 128 and 256 pixels") {
    check_costs("diffae-ffhq128.encoder", "24673536", "9503768576");
    check_costs("diffae-ffhq128.unet", "103871619", "73863069696");
    check_costs("diffae-ffhq256.encoder", "30150400", "35396255744");
    check_costs("diffae-ffhq256.unet", "138341891", "277217542144");
  }
}
