#include "reenact/face/flame.hpp"

#include <fmt/core.h>

#include <functional>

#include "io/npy.hpp"
#include "io/pickle_arrays.hpp"
#include "reenact/face/array_check.hpp"
#include "tensor/error.hpp"

namespace dact::face {
namespace flame_room {

constexpr std::int64_t kFirstExpression = 300;  // column of `shapedirs` in the file

// Arrays by name, whatever file they come from. `array` gives an undefined Tensor for a name that is not there.
struct Source {
  std::string where;
  std::function<Tensor(const std::string&)> array;

  Tensor floats(const std::string& name, int rank) const { return of(name, rank, true); }
  Tensor integers(const std::string& name, int rank) const { return of(name, rank, false); }

 private:
  // As f32 or i64; f64 values beyond f32 become infinite and are found by the checks.
  Tensor of(const std::string& name, int rank, bool floating) const {
    const Tensor x = array(name);
    if (!x.defined())
      throw WeightsError(where, fmt::format("array {} must be in the file, got none", name));
    const DType d = x.dtype();
    const bool fits = floating ? d == DType::f32 || d == DType::f64 || d == DType::f16
                               : d == DType::i32 || d == DType::i64 || d == DType::u8;
    if (!fits || x.rank() != rank)
      throw WeightsError(where, fmt::format("array {} must have {} axes of {}, got {}", name, rank,
                                            floating ? "floats" : "integers", x.str()));
    return x.to(floating ? DType::f32 : DType::i64);
  }
};

Source pickle_source(const PickleTree& tree, const std::string& file) {
  require_array_globals(tree, file);
  if (tree.at(tree.root).kind != PickleKind::dict)
    throw IoError(file, "must hold a dict of arrays, got " + pickle_json(tree, tree.root, 64));
  return {file, [&tree, file](const std::string& name) {
            const NodeId id = tree.find(tree.root, name);
            return id == kNoNode ? Tensor()
                                 : pickled_array(tree, id, fmt::format("{}: array {}", file, name));
          }};
}

// Points of one table; `prefix` as in "static_lmk_" with the suffixes faces_idx and bary_coords. `in_row`: the file has
// one row around them.
SurfacePoints points(const Source& source, const std::string& prefix, const Tensor& faces, int rank,
                     bool in_row = false) {
  const std::string index = prefix + "faces_idx", weights = prefix + "bary_coords";
  Tensor face = source.integers(index, rank), barycentric = source.floats(weights, rank + 1);
  Shape three = face.shape();
  three.push_back(3);
  ArrayCheck(source.where, DType::f32).floats(weights, barycentric, three);
  if (in_row) {
    if (face.size(0) != 1)
      throw WeightsError(source.where,
                         fmt::format("array {} must be [1, N], got {}", index, face.str()));
    face = face.squeezed(0);
    barycentric = barycentric.squeezed(0);
  }
  return points_on_faces(faces, face, barycentric, source.where, index);
}

LandmarkPoints landmarks(const Source& source, const Tensor& faces, const std::string& fixed) {
  return {.contour = points(source, "dynamic_lmk_", faces, 2),
          .fixed = points(source, fixed, faces, 1),
          .full = points(source, "full_lmk_", faces, 2, true)};
}

// Columns of `shapedirs`: where each kind begins and ends in this file.
struct Columns {
  std::int64_t identity_end, expression_begin, expression_end;
};

void require_columns(const Source& source, const Tensor& shapedirs, const Columns& c) {
  if (c.identity_end < 0 || c.expression_end < c.expression_begin ||
      shapedirs.size(2) < c.expression_end || c.identity_end > c.expression_begin)
    throw WeightsError(
        source.where,
        fmt::format("array shapedirs must have {} columns for the {} identity and {} expression "
                    "directions asked for, got {}",
                    c.expression_end, c.identity_end, c.expression_end - c.expression_begin,
                    shapedirs.str()));
}

MorphableTables tables(const Source& source, const Columns& columns, Tensor posedirs,
                       Tensor regressor, Tensor weights, Tensor parents, Tensor faces) {
  const ArrayCheck check(source.where, DType::f32);
  const Tensor v_template = source.floats("v_template", 2),
               shapedirs = source.floats("shapedirs", 3);
  const std::int64_t v = v_template.size(0), k = parents.size(0);
  check.floats("v_template", v_template, {v, 3});
  check.indices("f", faces, {faces.size(0), 3}, 0, v);
  require_columns(source, shapedirs, columns);
  check.floats("shapedirs", shapedirs, {v, 3, shapedirs.size(2)});
  return {.v_template = v_template,
          .identity_basis = shapedirs.sliced(2, 0, columns.identity_end).contiguous(),
          .expression_basis =
              shapedirs.sliced(2, columns.expression_begin, columns.expression_end).contiguous(),
          .pose_basis = check.floats("posedirs", posedirs, {v, 3, 9 * (k - 1)}),
          .joint_regressor = check.floats("J_regressor", regressor, {k, v}),
          .joint_template = {},
          .joint_basis = {},
          .weights = check.floats("weights", weights, {v, k}),
          .parents = parents,
          .faces = faces,
          .landmarks = {}};
}

// Row 0 of kintree_table; the root's entry is 2^32 - 1 there.
Tensor parents_of(const Tensor& kintree) {
  std::vector<std::int64_t> parents = kintree.sliced(0, 0, 1).squeezed(0).to_vector<std::int64_t>();
  if (!parents.empty()) parents[0] = -1;
  return from_vector(parents, {static_cast<std::int64_t>(parents.size())});
}

}  // namespace flame_room

MorphableTables read_flame(const InputFile& model, const InputFile& landmarks,
                           const FlameOptions& options) {
  using namespace flame_room;
  const PickleTree tree = read_pickle(model), marks = read_npy_object(landmarks);
  const Source source = pickle_source(tree, model.name());
  const Tensor kintree = source.integers("kintree_table", 2);
  if (kintree.size(0) != 2 || kintree.size(1) < 2)
    throw WeightsError(source.where, "array kintree_table must be [2, K], got " + kintree.str());
  MorphableTables t =
      tables(source, {options.identity, kFirstExpression, kFirstExpression + options.expression},
             source.floats("posedirs", 3), source.floats("J_regressor", 2),
             source.floats("weights", 2), parents_of(kintree), source.integers("f", 2));
  t.landmarks =
      flame_room::landmarks(pickle_source(marks, landmarks.name()), t.faces, "static_lmk_");
  require_sound(t, source.where);
  return t;
}

MorphableTables read_flame(const std::string& model, const std::string& landmarks,
                           const FlameOptions& options) {
  return read_flame(InputFile(model), InputFile(landmarks), options);
}

MorphableTables flame_of_buffers(const std::map<std::string, Tensor>& tensors,
                                 const std::string& prefix, const std::string& where,
                                 const FlameOptions& options) {
  using namespace flame_room;
  const Source source{where, [&](const std::string& name) {
                        const auto at = tensors.find(prefix + name);
                        return at == tensors.end() ? Tensor() : at->second;
                      }};
  const std::int64_t v = source.floats("v_template", 2).size(0), e = options.identity;
  Tensor posedirs = source.floats("posedirs", 2);  // [P, 3 V]
  if (posedirs.size(1) != 3 * v)
    throw WeightsError(
        where, fmt::format("array posedirs must be [P, {}], got {}", 3 * v, posedirs.str()));
  const int order[] = {1, 2, 0};
  posedirs = posedirs.reshaped({posedirs.size(0), v, 3}).permuted(order).contiguous();
  Tensor parents = source.integers("parents", 1).contiguous().clone();
  if (parents.numel() > 0) parents.mutate<std::int64_t>()[0] = -1;
  MorphableTables t =
      tables(source, {e, e, e + options.expression}, posedirs, source.floats("J_regressor", 2),
             source.floats("lbs_weights", 2), parents, source.integers("faces_tensor", 2));
  t.landmarks = flame_room::landmarks(source, t.faces, "lmk_");
  require_sound(t, where);
  return t;
}

}  // namespace dact::face
