// FLAME's files: what loads equals the reference's arrays, what is broken is refused with file, array and place.
#include <cmath>
#include <cstring>
#include <functional>

#include "autograd/ops.hpp"
#include "io/file.hpp"
#include "reenact/face/flame.hpp"
#include "tensor/digest.hpp"
#include "tensor/error.hpp"
#include "tests/io/files.hpp"
#include "tests/reenact/flame_golden.hpp"

using namespace dact;
using namespace dact::face;

namespace {

const std::map<std::string, Tensor>& arrays() { return test::flame_golden(); }
const std::string& model_bytes() {
  static const std::string bytes = read_file(test::golden_path("flame_fake.pkl"), 1 << 24);
  return bytes;
}
const std::string& landmark_bytes() {
  static const std::string bytes =
      read_file(test::golden_path("landmark_embedding_fake.npy"), 1 << 24);
  return bytes;
}

MorphableTables load(const std::string& model, const std::string& landmarks,
                     const FlameOptions& options = {}) {
  return read_flame(InputFile::over("generic_model.pkl", model),
                    InputFile::over("landmark_embedding.npy", landmarks), options);
}

std::string error_of(const std::function<void()>& fn) {
  try {
    fn();
  } catch (const IoError& e) {
    return e.what();
  } catch (const WeightsError& e) {
    return e.what();
  }
  return {};
}

// `bytes` with the only (or `nth`) occurrence of `from` replaced by as many other bytes.
std::string replaced(std::string bytes, const std::string& from, const std::string& to,
                     int nth = 0) {
  std::size_t at = bytes.find(from);
  for (int i = 0; i < nth && at != std::string::npos; ++i) at = bytes.find(from, at + 1);
  REQUIRE(at != std::string::npos);
  REQUIRE(from.size() == to.size());
  return bytes.replace(at, from.size(), to);
}

// The file with the element at `index` of the array whose stored bytes begin with the golden one's overwritten.
template <class T>
std::string poked(const std::string& bytes, const std::vector<T>& array, std::size_t index,
                  T value) {
  std::string head(reinterpret_cast<const char*>(array.data()), 24);
  const std::size_t at = bytes.find(head);
  REQUIRE(at != std::string::npos);
  std::string out = bytes;
  std::memcpy(out.data() + at + index * sizeof(T), &value, sizeof(T));
  return out;
}

// The pickle with its numbers, strings and memo indices spelled as protocol 0 spells them. Knows the opcodes of the fake
// file, no others.
std::string spelled(const std::string& bytes) {
  std::string out;
  std::size_t at = 2;  // behind PROTO
  const auto number = [&]<class T>(T) {
    T value{};
    std::memcpy(&value, bytes.data() + at, sizeof(T));
    at += sizeof(T);
    return value;
  };
  const auto line = [&](char opcode, auto value) { out += opcode + std::to_string(value) + "\n"; };
  const auto string = [&](std::size_t size) {
    constexpr const char* kDigits = "0123456789abcdef";
    out += "S'";
    for (const char c : bytes.substr(at, size)) {
      const auto b = static_cast<unsigned char>(c);
      if (b >= ' ' && b < 0x7F && c != '\'' && c != '\\') {
        out += c;
      } else {
        out += {'\\', 'x', kDigits[b >> 4], kDigits[b & 15]};
      }
    }
    out += "'\n";
    at += size;
  };
  while (at < bytes.size()) {
    const char opcode = bytes[at++];
    if (opcode == 'K') {
      line('I', static_cast<int>(number(std::uint8_t{})));
    } else if (opcode == 'M') {
      line('I', static_cast<int>(number(std::uint16_t{})));
    } else if (opcode == 'J') {
      line('I', number(std::int32_t{}));
    } else if (opcode == 'q') {
      line('p', static_cast<int>(number(std::uint8_t{})));
    } else if (opcode == 'h') {
      line('g', static_cast<int>(number(std::uint8_t{})));
    } else if (opcode == 'U') {
      string(number(std::uint8_t{}));
    } else if (opcode == 'T') {
      string(static_cast<std::size_t>(number(std::int32_t{})));
    } else if (opcode == '\x88' || opcode == '\x89') {
      out += opcode == '\x88' ? "I01\n" : "I00\n";
    } else {
      out += opcode;
      if (opcode != 'c') continue;
      const std::size_t end = bytes.find('\n', bytes.find('\n', at) + 1) + 1;
      out += bytes.substr(at, end - at);
      at = end;
    }
  }
  return out;
}

void check_same(const Tensor& got, const Tensor& want) {
  CHECK(digest_of(got.contiguous()) == digest_of(want.contiguous()));
}

void check_points(const SurfacePoints& got, const char* name) {
  const Tensor index = arrays().at(std::string("model.") + name + "_lmk_faces_idx"),
               weights = arrays().at(std::string("model.") + name + "_lmk_bary_coords");
  const std::vector<std::int64_t> f = arrays().at("model.f").to_vector<std::int64_t>(),
                                  corners = got.corners.to_vector<std::int64_t>();
  std::vector<std::int64_t> want;
  for (const std::int64_t face : index.to_vector<std::int64_t>())
    for (std::int64_t c = 0; c < 3; ++c) want.push_back(f[static_cast<std::size_t>(3 * face + c)]);
  CHECK(corners == want);
  CHECK(got.weights.to_vector<float>() == weights.to_vector<float>());
}

}  // namespace

TEST_CASE("flame: the pickle and the embedding load as the reference's arrays") {
  const auto& g = arrays();
  const MorphableTables t = load(model_bytes(), landmark_bytes());
  check_same(t.v_template, g.at("model.v_template"));
  check_same(t.joint_regressor, g.at("model.J_regressor"));
  check_same(t.weights, g.at("model.weights"));
  check_same(t.faces, g.at("model.f"));
  check_same(t.parents, g.at("model.parents"));
  const Tensor shapedirs = test::flame_formula("flame.shapedirs", {60, 3, 400});
  check_same(t.identity_basis, shapedirs.sliced(2, 0, 100));
  check_same(t.expression_basis, shapedirs.sliced(2, 300, 350));
  check_same(t.pose_basis, test::flame_formula("flame.posedirs", {60, 3, 36}));
  check_points(t.landmarks.contour, "dynamic");
  check_points(t.landmarks.fixed, "static");
  check_points(t.landmarks.full, "full");
  CHECK(t.landmarks.contour.corners.shape() == Shape{79, 17, 3});
  CHECK(t.landmarks.full.corners.shape() == Shape{68, 3});

  const MorphableModel model(t);
  const Tensor vertices = model
                              .posed({Var(g.at("param.shape")),
                                      Var(g.at("param.exp")),
                                      flame_pose(Var(g.at("param.pose"))),
                                      {}})
                              .vertices.value();
  CHECK_CLOSE(vertices, g.at("vertices"), 1e-6);

  const MorphableTables all =
      load(model_bytes(), landmark_bytes(), {.identity = 300, .expression = 100});
  check_same(all.expression_basis, shapedirs.sliced(2, 300, 400));
  const MorphableTables named = read_flame(test::golden_path("flame_fake.pkl"),
                                           test::golden_path("landmark_embedding_fake.npy"));
  check_same(named.identity_basis, t.identity_basis);
}

TEST_CASE("flame: a pickle that spells its numbers and strings loads as the same") {
  const MorphableTables got = load(spelled(model_bytes()), landmark_bytes()),
                        want = load(model_bytes(), landmark_bytes());
  check_same(got.identity_basis, want.identity_basis);
  check_same(got.pose_basis, want.pose_basis);
  check_same(got.joint_regressor, want.joint_regressor);
  check_same(got.weights, want.weights);
  check_same(got.faces, want.faces);
  check_same(got.parents, want.parents);
}

TEST_CASE("flame: the buffers of a checkpoint give the same tables") {
  const auto& g = arrays();
  const MorphableTables want = load(model_bytes(), landmark_bytes());
  const int order[] = {2, 0, 1};
  std::map<std::string, Tensor> buffers{
      {"deca.flame.v_template", g.at("model.v_template")},
      {"deca.flame.shapedirs",
       cat({Var(want.identity_basis), Var(want.expression_basis)}, 2).value()},
      {"deca.flame.posedirs", want.pose_basis.permuted(order).contiguous().reshaped({36, 180})},
      {"deca.flame.J_regressor", g.at("model.J_regressor")},
      {"deca.flame.lbs_weights", g.at("model.weights")},
      {"deca.flame.parents", g.at("model.parents")},
      {"deca.flame.faces_tensor", g.at("model.f")},
      {"deca.flame.lmk_faces_idx", g.at("model.static_lmk_faces_idx")},
      {"deca.flame.lmk_bary_coords", g.at("model.static_lmk_bary_coords")}};
  for (const char* name : {"dynamic_lmk_faces_idx", "dynamic_lmk_bary_coords", "full_lmk_faces_idx",
                           "full_lmk_bary_coords"})
    buffers["deca.flame." + std::string(name)] = g.at("model." + std::string(name));
  const auto read = [&] { return flame_of_buffers(buffers, "deca.flame.", "emoca.ckpt"); };
  const MorphableTables got = read();
  check_same(got.identity_basis, want.identity_basis);
  check_same(got.expression_basis, want.expression_basis);
  check_same(got.pose_basis, want.pose_basis);
  check_same(got.joint_regressor, want.joint_regressor);
  check_same(got.landmarks.contour.corners, want.landmarks.contour.corners);
  check_same(got.landmarks.fixed.weights, want.landmarks.fixed.weights);
  check_same(got.landmarks.full.corners, want.landmarks.full.corners);
  buffers.erase("deca.flame.lbs_weights");
  CHECK(error_of(read) == "emoca.ckpt: array lbs_weights must be in the file, got none");
  buffers["deca.flame.lbs_weights"] = zeros({60, 4});
  CHECK(test::contains(error_of(read), "must be [60, 5], got f32[60, 4]"));
}

TEST_CASE("flame: files with something missing, mis-shaped, not finite or outside are refused") {
  const std::string &model = model_bytes(), &marks = landmark_bytes();
  const auto f = arrays().at("model.f").to(DType::i32).to_vector<std::int32_t>();
  const auto v_template = arrays().at("model.v_template").to(DType::f64).to_vector<double>();
  const auto weights = arrays().at("model.weights").to(DType::f64).to_vector<double>();
  const auto fixed = arrays().at("model.static_lmk_faces_idx").to_vector<std::int64_t>();
  const auto dynamic = arrays().at("model.dynamic_lmk_bary_coords").to_vector<float>();
  const struct {
    std::string label, model, landmarks, says;
  } files[] = {
      {"no weights", replaced(model, "weights", "Weights"), marks,
       "generic_model.pkl: array weights must be in the file, got none"},
      {"no shapedirs", replaced(model, "shapedirs", "shapedirt"), marks,
       "array shapedirs must be in the file"},
      {"no contour", model, replaced(marks, "dynamic_lmk_faces_idx", "dynamic_lmk_faces_idy"),
       "landmark_embedding.npy: array dynamic_lmk_faces_idx must be in the file"},
      {"a face outside", poked(model, f, 7, 60), marks,
       "generic_model.pkl: array f must be from 0 to 59, got 60 at [2, 1]"},
      {"NaN", poked(model, v_template, 4, std::nan("")), marks,
       "array v_template must be finite, got nan at [1, 1]"},
      {"infinite in f32", poked(model, weights, 3, 1e300), marks,
       "array weights must be finite, got inf at [0, 3]"},
      {"landmark on no face", model, poked(marks, fixed, 2, std::int64_t{116}),
       "landmark_embedding.npy: array static_lmk_faces_idx must be from 0 to 115, got 116 at [2]"},
      {"landmark weight NaN", model, poked(marks, dynamic, 5, std::nanf("")),
       "array dynamic_lmk_bary_coords must be finite, got nan at [0, 1, 2]"},
      {"regressor of another size", replaced(model, "_shapeq@K\x05K<", "_shapeq@K\x04K<"), marks,
       "array J_regressor"},
      {"the other file", marks, marks, "generic_model.pkl"},
      {"the other file", model, model, "landmark_embedding.npy: a .npy file must begin with"},
      {"empty", "", marks, "generic_model.pkl: a pickle must end with STOP"},
      {"a hostile name", replaced(model, "chumpy.ch", "os.path.h"), marks,
       "this file is an attack"},
      {"an unknown name", replaced(model, "chumpy.ch\nCh", "chumpy.ch\nCx"), marks,
       "generic_model.pkl: a pickle of arrays must name only numpy, scipy's csc_matrix and "
       "csr_matrix, chumpy's Ch "
       "and torch's storages, got chumpy.ch Cx at byte 55950"},
      {"a hostile name in the embedding", model, replaced(marks, "torch.storage", "os.xxxstorage"),
       "this file is an attack"},
  };
  for (const auto& file : files) {
    const std::string said = error_of([&] { load(file.model, file.landmarks); });
    CHECK_MESSAGE(test::contains(said, file.says), file.label << ": " << said);
  }
  CHECK(test::contains(error_of([&] { load(model, marks, {.identity = 301}); }),
                       "array shapedirs must have 350 columns"));
  CHECK(test::contains(error_of([&] { load(model, marks, {.expression = 101}); }),
                       "array shapedirs must have 401 columns"));
}

TEST_CASE("flame: files cut or changed anywhere are read or refused, nothing else") {
  const std::string &model = model_bytes(), &marks = landmark_bytes();
  test::Words next{3};
  int refused = 0;
  for (int i = 0; i < 60; ++i) {
    const std::size_t at = next() % model.size();
    const std::string said = error_of([&] { load(model.substr(0, at), marks); });
    CHECK(test::contains(said, "generic_model.pkl: "));
    const std::size_t mark_at = next() % marks.size();
    CHECK(test::contains(error_of([&] { load(model, marks.substr(0, mark_at)); }),
                         "landmark_embedding.npy: "));
  }
  for (int i = 0; i < 200; ++i) {
    std::string bytes = i % 2 == 0 ? model : marks;
    const std::size_t head = i % 2 == 0 ? 600 : 3000;  // where the structure is dense
    const std::string changed = test::mutated(bytes.substr(0, head), next) + bytes.substr(head);
    refused += !error_of([&] { i % 2 == 0 ? load(changed, marks) : load(model, changed); }).empty();
  }
  CHECK(refused > 20);
}
