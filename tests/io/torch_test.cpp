#include "io/json.hpp"
#include "io/torch_checkpoint.hpp"
#include "tests/io/pickles.hpp"

using namespace dact;
using namespace dact::test;
using namespace dact::test::pickles;

namespace {

TorchReader reader_of(std::string_view bytes) {
  return TorchReader(InputFile::over("hand.pt", bytes));
}
std::string refusal(const std::string& bytes) {
  return io_error([&] {
    TorchReader reader = reader_of(bytes);
    read_torch(reader);
  });
}
bool zip_is_missing() {
  return contains(io_error([] { read_torch(golden("torch_zip.pt")); }), "needs libzip");
}

bool skip_without_zip() {
  const bool missing = zip_is_missing();
  if (missing) MESSAGE("skipped: built without libzip");
  return missing;
}

// The golden values were widened to f32 from float16 and bfloat16: compare as f32.
Tensor as_golden(const Tensor& t) {
  return t.dtype() == DType::f16 || t.dtype() == DType::bf16 ? t.to(DType::f32) : t;
}

void check_against_golden(const std::string& file) {
  TorchReader reader(golden(file));
  const TensorFile expected = read_safetensors(golden("torch_expected.safetensors"));
  CHECK(reader.names() == expected.order);
  for (const std::string& name : expected.order)
    CHECK_MESSAGE(same(as_golden(reader.read(name)), expected.tensors.at(name)), name);
  const TensorFile all = read_torch(reader);
  for (const std::string& name : expected.order)
    CHECK_MESSAGE(same(as_golden(all.tensors.at(name)), expected.tensors.at(name)), name);

  // Everything that is not a tensor, as the JSON that Python printed.
  std::string python = expected.metadata.at("python");
  if (const std::size_t at = python.find("\\u00e9"); at != std::string::npos)
    python.replace(at, 6, "\xC3\xA9");
  const PickleTree& tree = reader.tree();
  const std::vector<NodeId>& items = tree.at(tree.root).items;
  int values = 0;
  for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
    const std::string key = tree.at(items[i]).text;
    if (key == "state_dict" || key == "ema") continue;
    const std::string entry = json_quoted(key) + ": " + pickle_json(tree, items[i + 1], 100'000);
    CHECK_MESSAGE(contains(python, entry), entry);
    ++values;
  }
  CHECK(values >= 15);
  CHECK(reader.values().at("epoch") == "7");
}

std::string one_tensor(const std::string& described, const std::string& data, std::int64_t count) {
  return legacy(state(described), text("0") + "a", le(count) + data);
}
const std::string kTwo = le(1.0F) + le(2.0F);

}  // namespace

TEST_CASE("torch: the legacy golden, tensors and values") {
  check_against_golden("torch_legacy.pt");
}

TEST_CASE("torch: the zip golden, tensors and values") {
  if (skip_without_zip()) return;
  check_against_golden("torch_zip.pt");
}

TEST_CASE(
    "torch: Lightning's callbacks, hyper-parameters, enums and unknown classes become inert") {
  if (skip_without_zip()) return;
  TorchReader reader(golden("torch_foreign.pt"));
  CHECK(reader.container() == "PyTorch zip");
  CHECK(reader.info("state_dict/model.conv.weight").shape == Shape{4, 3, 3, 3});
  CHECK(reader.info("optimizer_states/0/state/0/exp_avg").shape == Shape{4});
  CHECK(reader.contains(
      "callbacks/pytorch_lightning.callbacks.model_checkpoint.ModelCheckpoint/best_model_score"));
  CHECK(reader.values().at("global_step") == "1234");
  CHECK(reader.values().at("pytorch-lightning_version") == "\"1.4.5\"");
  CHECK(reader.values().at("hyper_parameters/batch") == "32");
  CHECK(reader.values().at("hyper_parameters/conf/name") == "\"tiny\"");
  CHECK(reader.names().size() == read_torch(reader).tensors.size());
}

TEST_CASE("torch: malicious.pt is refused by name") {
  if (skip_without_zip()) return;
  const std::string said = io_error([] { read_torch(golden("malicious.pt")); });
  CHECK(contains(said,
                 "malicious.pt: malicious/data.pkl: the pickle's opcode GLOBAL (0x63) at byte"));
  CHECK(contains(said, "got posix.system: this file is an attack"));
}

TEST_CASE("torch: views, repeats, empties and wrappers of a hand-made checkpoint") {
  const std::string store = storage("FloatStorage", "0", 2);
  const auto read = [&](const std::string& described) {
    const std::string bytes = one_tensor(described, kTwo, 2);
    TorchReader reader = reader_of(bytes);
    CHECK(reader.container() == "PyTorch legacy");
    return reader.read("w").to_vector<float>();
  };
  const std::vector<float> both{1, 2}, four{1, 1, 2, 2}, none;
  CHECK(read(tensor(store, 0, "K\x02", "K\x01")) == both);
  CHECK(read(tensor(store, 1, "", "")) == std::vector<float>{2});
  CHECK(read(tensor(store, 0, "K\x02K\x02", "K\x01" + integer(0))) == four);
  CHECK(read(tensor(store, 0, integer(0) + "K\x03", "K\x03K\x01")) == none);
  const std::string inner = tensor(store, 0, "K\x02", "K\x01");
  CHECK(read(call(global("torch._utils", "_rebuild_parameter"), inner + "\x88" + "N")) == both);
  CHECK(read(call(global("torch.nn.parameter", "Parameter"), inner)) == both);
  const std::string old_view = tuple(text("storage") + global("torch", "FloatStorage") + text("0") +
                                     text("cpu") + "K\x02" + tuple(text("9") + "K\x01K\x01")) +
                               "Q";
  CHECK(read(tensor(old_view, 0, "K\x01", "K\x01")) == std::vector<float>{2});
}

TEST_CASE("torch: hostile checkpoints are refused with file, tensor and reason") {
  const std::string store = storage("FloatStorage", "0", 2), two = "K\x02", one = "K\x01",
                    zero = integer(0);
  const std::string good = tensor(store, 0, two, one);
  const auto with = [&](const std::string& described) { return one_tensor(described, kTwo, 2); };
  const std::string big = integer(2147483647);
  const struct {
    std::string label, bytes, says;
  } files[] = {
      {"empty", "", "must begin as a zip archive or a pickle"},
      {"text", "hello", "must begin as a zip archive or a pickle"},
      {"zip that is cut", "PK\3\4", ""},
      {"tar", std::string(257, 'a') + "ustar" + std::string(10, '\0'), "older tar format"},
      {"plain pickle", proto() + "N.", "PyTorch's magic number"},
      {"another number", proto() + "K\x01." + proto() + "N." + proto() + "N.",
       "PyTorch's magic number"},
      {"only the magic", legacy("", "", "").substr(0, 15), "must end with STOP"},
      {"storage past the end", one_tensor(good, le(1.0F), 2),
       "storage \"0\" must fit the 4 bytes that are left, got 2 elements of 4"},
      {"bytes behind", one_tensor(good, kTwo + "x", 2),
       "nothing must follow the storages, got 1 bytes"},
      {"count of the bytes differs", one_tensor(good, kTwo, 3),
       "must hold the 2 elements its tensors name, got 3"},
      {"count negative", one_tensor(good, kTwo, -1), "got -1 at byte"},
      {"storage missing", legacy(state(good), "", ""), "storage \"0\" must be in the file"},
      {"storage twice",
       legacy(state(good), text("0") + "a" + text("0") + "a",
              le(std::int64_t{2}) + kTwo + le(std::int64_t{2}) + kTwo),
       "must come once, got it twice"},
      {"key of no tensor", legacy(state("N"), text("7") + "a", le(std::int64_t{0})),
       "key \"7\" must belong to a tensor"},
      {"keys are no list", legacy(state(good), "0N", ""), "must be a list, got null"},
      {"offset past the end", with(tensor(store, 1, two, one)),
       "tensor \"w\": size [2], stride [1] and offset 1 must stay inside the storage's 2 elements, "
       "got element 2"},
      {"offset negative", with(tensor(store, -1, one, one)),
       "the offset must be an integer from 0"},
      {"size negative", with(tensor(store, 0, integer(-2), one)),
       "the size must be an integer from 0"},
      {"stride negative", with(tensor(store, 0, two, integer(-1))),
       "the stride must be an integer from 0"},
      {"stride past the end", with(tensor(store, 0, two, two)), "got element 2"},
      {"ranks differ", with(tensor(store, 0, two + one, one)),
       "size and stride must have one rank, got [2, 1] and [1]"},
      {"rank 9",
       with(tensor(store, 0, std::string("K\1K\1K\1K\1K\1K\1K\1K\1K\1"),
                   std::string("K\1K\1K\1K\1K\1K\1K\1K\1K\1"))),
       "at most 8 integers"},
      {"product overflows", with(tensor(store, 0, big + big + big, zero + zero + zero)),
       "product of at most 2^60"},
      {"repeated without end", with(tensor(store, 0, big + two, zero + one)),
       "must take at most 256 MiB"},
      {"size is text", with(tensor(store, 0, text("2"), one)), "the size must be an integer"},
      {"no storage", legacy(state(tensor("N", 0, two, one)), "", ""),
       "must have a storage, got null"},
      {"arguments missing", with(call(global("torch._utils", "_rebuild_tensor_v2"), store)),
       "must have its arguments, got 1"},
      {"unknown storage class", with(tensor(storage("QuantumStorage", "0", 2), 0, two, one)),
       "got torch QuantumStorage"},
      {"two classes for one storage",
       with("(" + good + tensor(storage("DoubleStorage", "0", 2), 0, two, one) + "t"),
       "must keep its class and count"},
      {"two counts for one storage",
       with("(" + good + tensor(storage("FloatStorage", "0", 3), 0, two, one) + "t"),
       "must keep its class and count"},
      {"count negative in the pickle", with(tensor(storage("FloatStorage", "0", -2), 0, two, one)),
       "must follow ('storage', class, key, location, count)"},
      {"persistent id of another kind", with(tuple(text("file") + text("/etc/passwd")) + "Q"),
       "BINPERSID (0x51)"},
      {"persistent id that is text", with(text("storage") + "Q"), "must follow a tuple"},
      {"complex",
       legacy(state(tensor(storage("ComplexFloatStorage", "0", 1), 0, one, one)), text("0") + "a",
              le(std::int64_t{1}) + kTwo),
       "got complex64"},
      {"two tensors of one name",
       legacy("}(" + text("0") + good + zero + good + "u", text("0") + "a",
              le(std::int64_t{2}) + kTwo),
       "names must differ"},
      {"name of 600 bytes",
       legacy("}" + text(std::string(300, 'a')) + "}" + text(std::string(300, 'b')) + good + "ss",
              text("0") + "a", le(std::int64_t{2}) + kTwo),
       "at most 512 bytes, got 601"},
      {"nested 200 deep", legacy(state(std::string(200, ']') + std::string(199, 'a')), "", ""),
       "must nest at most 100 deep"},
      {"os.system beside the tensors",
       with("(" + good + call(global("os", "system"), text("x")) + "t"),
       "os.system: this file is an attack"},
      {"os.system in the key list",
       legacy(state(good), call(global("os", "system"), text("x")), ""),
       "os.system: this file is an attack"},
  };
  for (const auto& file : files) {
    const std::string said = refusal(file.bytes);
    CHECK_MESSAGE(contains(said, "hand.pt: "), file.label << ": " << said);
    CHECK_MESSAGE(contains(said, file.says), file.label << ": " << said);
  }
}

TEST_CASE("torch: values shared without end are bounded") {
  std::string doubled = "]";
  for (int i = 0; i < 40; ++i) doubled += "2\x86";
  CHECK(contains(refusal(legacy(state(doubled), "", "")), "must unfold to at most 2^22"));
}

TEST_CASE("torch: mutations of the goldens are read or refused, nothing else") {
  for (const std::string name : {"torch_legacy.pt", "torch_zip.pt"}) {
    if (name == "torch_zip.pt" && zip_is_missing()) continue;
    const std::string valid = read_file(golden(name), 100'000);
    Words words{20'250'104};
    int taken = 0;
    for (int i = 0; i < 3'000; ++i) taken += refusal(mutated(valid, words)) == "";
    CHECK(taken < 2'500);
    CHECK(taken > 10);
  }
}
