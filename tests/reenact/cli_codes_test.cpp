// `encode`, `invert`, `decode`, `autoencode`, `interpolate`, `info` on the tiny network.
#include <nlohmann/json.hpp>

#include "io/image.hpp"
#include "io/npy.hpp"
#include "reenact/cli/exit_codes.hpp"
#include "reenact/face/metrics.hpp"
#include "reenact/picture.hpp"
#include "tensor/digest.hpp"
#include "tests/reenact/program.hpp"
#include "tests/support/golden.hpp"

using namespace dact;
using namespace dact::cli;
using namespace dact::test;

namespace {

std::vector<std::string> tiny(std::vector<std::string> words) {
  for (const char* more : {"--model", "tiny", "--fill", "0"}) words.emplace_back(more);
  return words;
}

TensorFile golden_tiny() { return read_safetensors(golden_path("diffae_tiny.safetensors")); }

Tensor only(const std::string& path, const std::string& name) {
  return read_safetensors(path).tensors.at(name);
}

// A picture of smooth colours, h x w.
void write_picture(const std::string& path, std::int64_t h, std::int64_t w) {
  Tensor t = empty({h, w, 3}, DType::u8);
  auto* p = t.mutate<std::uint8_t>();
  for (std::int64_t y = 0; y < h; ++y)
    for (std::int64_t x = 0; x < w; ++x, p += 3) {
      p[0] = static_cast<std::uint8_t>(255 * y / h);
      p[1] = static_cast<std::uint8_t>(255 * x / w);
      p[2] = static_cast<std::uint8_t>((x / 4 + y / 4) % 2 * 200);
    }
  write_image(path, t);
}

std::string bytes_of(const std::string& path) { return read_file(path, 1U << 26); }

}  // namespace

TEST_CASE("encode, invert and decode of tensor files equal the reference walks") {
  const Folder folder;
  const auto g = golden_tiny().tensors;
  const std::string image = folder.file("image.safetensors"), z = folder.file("z");
  write_safetensors(image, {{"image", g.at("input.image")}});
  REQUIRE(run(tiny({"encode", image, "--out", z})) == kOk);
  CHECK_CLOSE(only(z, "z_sem"), g.at("z_sem"), 1e-5);

  REQUIRE(run(tiny({"invert", image, "--z", z, "--steps", "10", "--out", folder.file("x")})) ==
          kOk);
  CHECK_CLOSE(only(folder.file("x"), "x_T"), g.at("encode.x_T"), 2e-4);
  REQUIRE(run(tiny({"invert", image, "--no-clip", "--steps", "10", "--out", folder.file("n")})) ==
          kOk);
  CHECK_CLOSE(only(folder.file("n"), "x_T"), g.at("encode_noclip.x_T"), 2e-3);

  write_safetensors(folder.file("noise"), {{"x_T", g.at("input.x_T")}});
  const std::string out = folder.file("out.safetensors");
  REQUIRE(run(tiny({"decode", "--z", z, "--xT", folder.file("noise"), "--steps", "10", "--out",
                    out})) == kOk);
  CHECK_CLOSE(only(out, "image"), g.at("decode.x_0"), 5e-4);
}

TEST_SUITE("slow") {
  TEST_CASE("autoencode and net run: --device cuda gives the CPU's bits") {
    if (!start_test_device(2)) return;
    const Folder folder;
    const auto g = golden_tiny().tensors;
    const std::string image = folder.file("image.safetensors");
    write_safetensors(image, {{"image", g.at("input.image")}});
    const std::string out = folder.file("out.safetensors");
    const auto agree = [&](std::vector<std::string> words, const std::string& name) {
      CAPTURE(words.front());
      REQUIRE(run(words) == kOk);
      const std::string host = digest_of(only(out, name));
      words.insert(words.end(), {"--device", "cuda"});
      REQUIRE(run(words) == kOk);
      CHECK(digest_of(only(out, name)) == host);
      CHECK(starves_without_device_memory(words));
    };
    agree(tiny({"autoencode", image, "--out", out, "--steps", "2", "--invert-steps", "2"}),
          "image");
    agree({"net", "run", "diffae-tiny.encoder", "--fill", "0", "--inputs", image, "--output", out},
          "z_sem");
  }
}

TEST_CASE("one command or three: the same picture, and its measures are those of the metrics") {
  const Folder folder;
  write_picture(folder.file("a.png"), 40, 50);
  const std::string z = folder.file("z"), x = folder.file("x"), a = folder.file("a.png");
  const Result encoded = result_of(tiny({"encode", a, "--out", z}));
  REQUIRE(encoded.code == kOk);
  CHECK(encoded.says("50x40 pixels, shorter side resized to 32"));
  CHECK(encoded.prints("z_sem\tf32[1, 32]\t" + digest_of(only(z, "z_sem"))));
  REQUIRE(run(tiny({"invert", a, "--z", z, "--steps", "20", "--out", x})) == kOk);
  REQUIRE(run(tiny({"decode", "--z", z, "--xT", x, "--out", folder.file("d.safetensors")})) == kOk);
  const std::string back = folder.file("b.safetensors");
  const Result result =
      result_of(tiny({"autoencode", a, "--invert-steps", "20", "--json", "--out", back}));
  REQUIRE(result.code == kOk);
  const Tensor image = only(back, "image");
  CHECK(digest_of(image) == digest_of(only(folder.file("d.safetensors"), "image")));

  const Tensor source = reenact::picture_to_tensor(reenact::picture_to_square(read_image(a), 32));
  const auto quality = nlohmann::json::parse(result.out);
  CHECK(quality.at("psnr").get<double>() == face::psnr(source, image));
  CHECK(quality.at("ssim").get<double>() == face::ssim(source, image));
  CHECK(quality.at("l1").get<double>() == face::l1(source, image));
}

TEST_CASE("outputs are the same bytes at any thread count, and tell how they were made") {
  const Folder folder;
  write_picture(folder.file("a.png"), 32, 32);
  const auto made = [&](const std::string& threads, const std::string& out) {
    REQUIRE(run(tiny({"autoencode", folder.file("a.png"), "--threads", threads, "--out",
                      folder.file(out)})) == kOk);
    return bytes_of(folder.file(out));
  };
  const std::string one = made("1", "one.png");
  CHECK(one == made("2", "two.png"));
  const ImageInfo info = image_info(folder.file("one.png"));
  for (const char* key : {"generator", "version", "weights_digest", "image_digest"})
    CHECK_MESSAGE(info.text.contains(key), key);
  CHECK(info.text.at("command") == "autoencode");
  CHECK(info.text.at("seed") == "0");
  CHECK(info.text.at("steps") == "20");
  CHECK(info.text.at("invert_steps") == "50");
  CHECK(info.text.at("numerics") == "strict");
  CHECK(info.text.at("image") == "a.png");  // no folder
  CHECK(info.text.at(std::string(kXmpKey)) == xmp_of(DigitalSource::trained_algorithmic_media));
  CHECK(one.find(folder.path.string()) == std::string::npos);
}

TEST_CASE("--no-manifest leaves out the settings and keeps the synthetic mark") {
  const Folder folder;
  const std::string z = folder.file("z");
  write_safetensors(z, {{"z_sem", zeros({1, 32})}});
  for (const char* name : {"o.png", "o.ppm", "o.safetensors"}) {
    CAPTURE(name);
    const std::string out = folder.file(name);
    REQUIRE(run(tiny({"decode", "--z", z, "--steps", "2", "--no-manifest", "--out", out})) == kOk);
    const Result info = result_of({"info", out, "--json"});
    REQUIRE(info.code == kOk);
    const auto facts = nlohmann::json::parse(info.out);
    CHECK(facts.at("metadata").size() == 1);
    CHECK(info.prints("trainedAlgorithmicMedia"));
  }
}

TEST_CASE("without --xT the noise follows from the seed alone") {
  const Folder folder;
  write_safetensors(folder.file("z"), {{"z_sem", zeros({2, 32})}});
  const auto made = [&](const std::string& seed) {
    const std::string out = folder.file(seed + ".safetensors");
    REQUIRE(run(tiny({"decode", "--z", folder.file("z"), "--steps", "2", "--seed", seed, "--out",
                      out})) == kOk);
    CHECK(read_safetensors(out).metadata.at("seed") == seed);
    return only(out, "image");
  };
  const Tensor a = made("5"), b = made("6");
  CHECK(digest_of(a) != digest_of(b));
  CHECK(digest_of(a) == digest_of(made("5")));
  CHECK(digest_of(a.sliced(0, 0, 1)) != digest_of(a.sliced(0, 1, 2)));
}

TEST_CASE("interpolate begins and ends where decode of the codes does") {
  const Folder folder;
  write_picture(folder.file("a.png"), 32, 32);
  write_picture(folder.file("b.ppm"), 48, 32);
  const auto steps = [](std::vector<std::string> words) {
    for (const char* more : {"--steps", "4", "--invert-steps", "4"}) words.emplace_back(more);
    return tiny(words);
  };
  const std::string way = folder.file("way");
  const Result result = result_of(steps(
      {"interpolate", folder.file("a.png"), folder.file("b.ppm"), "--frames", "3", "--out", way}));
  REQUIRE(result.code == kOk);
  for (const char* end : {"a.png", "b.ppm"}) {
    const std::string out = folder.file("end.png");
    REQUIRE(run(steps({"autoencode", folder.file(end), "--out", out})) == kOk);
    const std::string frame = end[0] == 'a' ? "frame_00000.png" : "frame_00002.png";
    CHECK(read_image(way + "/" + frame).to_vector<std::uint8_t>() ==
          read_image(out).to_vector<std::uint8_t>());
  }
  CHECK(image_info(way + "/frame_00001.png").text.at("frame") == "1");
  CHECK(run(steps({"interpolate", folder.file("a.png"), folder.file("b.ppm"), "--frames", "1",
                   "--out", folder.file("no")})) == kUsage);
  CHECK_FALSE(folder.holds("no"));
}

TEST_CASE("--watch shows the sample and the predicted clean image on the way, all marked") {
  const Folder folder;
  write_picture(folder.file("a.png"), 32, 32);
  REQUIRE(run(tiny({"invert", folder.file("a.png"), "--steps", "4", "--watch", folder.file("w"),
                    "--watch-every", "2", "--out", folder.file("x")})) == kOk);
  for (const char* name :
       {"step_0002_x.png", "step_0002_x0.png", "step_0004_x.png", "step_0004_x0.png"}) {
    CAPTURE(name);
    REQUIRE(folder.holds(std::string("w/") + name));
    const ImageInfo info = image_info(folder.file(std::string("w/") + name));
    CHECK(info.text.contains(std::string(kXmpKey)));
    CHECK(info.text.at("t") == (name[8] == '2' ? "250" : "750"));
  }
  CHECK_FALSE(folder.holds("w/step_0001_x.png"));
  const Tensor last = read_image(folder.file("w/step_0004_x.png"));
  CHECK(last.to_vector<std::uint8_t>() ==
        reenact::tensor_to_picture(only(folder.file("x"), "x_T")).to_vector<std::uint8_t>());
  CHECK(run(tiny({"invert", folder.file("a.png"), "--steps", "4", "--watch-every", "0", "--out",
                  folder.file("y")})) == kUsage);
}

TEST_CASE("steps that cannot be had, and other wrong words, are usage errors that write nothing") {
  const Folder folder;
  write_picture(folder.file("a.png"), 32, 32);
  const std::string a = folder.file("a.png"), out = folder.file("out");
  for (const auto& [steps, says] : {std::pair{"0", "got 0"},
                                    {"37", "the nearest that work: 36 and 38"},
                                    {"999", "500 and 1000"},
                                    {"1001", "1000"},
                                    {"-5", "got -5"}}) {
    CAPTURE(steps);
    const Result r = result_of(tiny({"invert", a, "--steps", steps, "--out", out}));
    CHECK(r.code == kUsage);
    CHECK(r.says(says));
  }
  CHECK(run({"encode", a, "--out", out, "--model", "ffhq256"}) ==
        kUsage);  // neither weights nor fill
  CHECK(run({"encode", a, "--out", out, "--fill", "0", "--model", "tyni"}) == kUsage);
  CHECK(run({"encode", a, "--out", out, "--fill", "0", "--weights", a}) == kUsage);
  CHECK(run(tiny({"autoencode", a, "--out", out + ".gif"})) == kUsage);
  CHECK(run(tiny({"encode", a})) == kUsage);
  CHECK(result_of(tiny({"encode", a, "--uot", out})).says("did you mean --out?"));
  CHECK_FALSE(folder.holds("out"));
  CHECK_FALSE(folder.holds("out.gif"));
}

TEST_CASE("pictures that cannot be used are refused with their name, and nothing is written") {
  const Folder folder;
  write_picture(folder.file("good.png"), 24, 24);
  const std::string good = bytes_of(folder.file("good.png"));
  std::string flipped = good;
  flipped[good.size() / 2] = static_cast<char>(flipped[good.size() / 2] ^ 8);
  write_file(folder.file("flipped.png"), flipped);
  write_file(folder.file("cut.png"), good.substr(0, good.size() / 2));
  write_file(folder.file("empty.png"), "");
  write_file(folder.file("text.png"), "this is no picture");
  write_file(folder.file("huge.ppm"), "P6\n16384 16384\n255\n");
  write_file(folder.file("strip.ppm"), "P6\n40 2\n255\n" + std::string(240, '\x40'));
  for (const char* name :
       {"flipped.png", "cut.png", "empty.png", "text.png", "huge.ppm", "strip.ppm", "absent.png"}) {
    CAPTURE(name);
    const Result r = result_of(tiny({"encode", folder.file(name), "--out", folder.file("out")}));
    CHECK(r.code == kInputRefused);
    CHECK(r.says(name));
  }
  CHECK_FALSE(folder.holds("out"));
  write_file(folder.file("one.ppm"), "P6\n1 1\n255\nabc");
  CHECK(run(tiny({"encode", folder.file("one.ppm"), "--out", folder.file("out")})) == kOk);
}

TEST_CASE("tensor files that cannot be used are refused with tensor and shape") {
  const Folder folder;
  const Tensor z = zeros({1, 32}), x = zeros({1, 3, 32, 32});
  Tensor nan = zeros({1, 32});
  nan.mutate<float>()[7] = NAN;
  const struct {
    const char* what;
    Tensor z, x;
    int code;
    const char* says;
  } cases[] = {
      {"z too narrow", zeros({1, 31}), x, kInputRefused, "F32[1, 31]"},
      {"z without batch", zeros({32}), x, kInputRefused, "F32[32]"},
      {"no z at all", zeros({0, 32}), x, kInputRefused, "F32[0, 32]"},
      {"z of another dtype", z.to(DType::f64), x, kInputRefused, "F64[1, 32]"},
      {"x_T of another size", z, zeros({1, 3, 16, 16}), kInputRefused, "F32[1, 3, 16, 16]"},
      {"two pictures, one z", z, zeros({2, 3, 32, 32}), kInputRefused, "[2, 3, 32, 32]"},
      {"NaN in z", nan, x, kNumeric, "element 7"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.what);
    write_safetensors(folder.file("z"), {{"z_sem", c.z}});
    write_safetensors(folder.file("x"), {{"x_T", c.x}});
    const Result r = result_of(tiny({"decode", "--z", folder.file("z"), "--xT", folder.file("x"),
                                     "--out", folder.file("out.safetensors")}));
    CHECK(r.code == c.code);
    CHECK(r.says(c.says));
  }
  const Result named =
      result_of(tiny({"decode", "--z", folder.file("x"), "--out", folder.file("out.safetensors")}));
  CHECK(named.code == kInputRefused);
  CHECK(named.says("must hold z_sem f32[B, 32] for tiny, got the tensors [x_T]"));
  write_safetensors(folder.file("z"), {{"z_sem", zeros({2, 32})}});
  CHECK(run(tiny({"decode", "--z", folder.file("z"), "--out", folder.file("out.png")})) == kUsage);
  CHECK_FALSE(folder.holds("out.safetensors"));
  CHECK_FALSE(folder.holds("out.png"));
}

TEST_CASE("an output that cannot be written is found before the work, in any command") {
  const Folder folder;
  write_picture(folder.file("a.png"), 32, 32);
  const std::string nowhere = folder.file("no/such/folder/out.png");
  for (const char* command : {"encode", "invert", "autoencode"})
    CHECK(run(tiny({command, folder.file("a.png"), "--out", nowhere})) == kInputRefused);
  CHECK(run(tiny({"interpolate", folder.file("a.png"), folder.file("a.png"), "--frames", "2",
                  "--steps", "2", "--invert-steps", "2", "--out", folder.file("a.png")})) ==
        kInputRefused);
}

TEST_CASE("info tells what is in pictures, tensors, checkpoints and arrays") {
  const Folder folder;
  write_picture(folder.file("a.png"), 24, 40);
  const Result picture = result_of({"info", folder.file("a.png")});
  CHECK(picture.code == kOk);
  CHECK(picture.prints("width                40\n"));
  CHECK_FALSE(picture.prints("digital_source_type"));
  write_npy(folder.file("a.npy"), zeros({3, 4}));
  CHECK(result_of({"info", folder.file("a.npy")}).prints("[3, 4]"));
  const Result tensors = result_of({"info", golden_path("diffae_tiny.safetensors"), "--json"});
  const auto facts = nlohmann::json::parse(tensors.out);
  CHECK(facts.at("kind") == "safetensors");
  CHECK(facts.at("tensors").size() == golden_tiny().tensors.size());
  const Result legacy = result_of({"info", golden_path("torch_legacy.pt")});
  CHECK(legacy.code == kOk);
  CHECK(legacy.prints("PyTorch legacy"));
  const Result bad = result_of({"info", golden_path("malicious.pt")});
  CHECK(bad.code == kInputRefused);
  CHECK(bad.says("posix.system"));
  write_file(folder.file("empty"), "");
  CHECK(result_of({"info", folder.file("empty")}).says("empty file"));
  write_file(folder.file("text"), "hello, this is no file of ours");
  CHECK(run({"info", folder.file("text")}) == kInputRefused);
}
