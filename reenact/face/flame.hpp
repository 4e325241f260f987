// FLAME's files as the tables of a MorphableModel: the pickle with its landmark embedding, or the copy that an EMOCA
// checkpoint keeps in its buffers.
#pragma once
#include <map>
#include <string>

#include "io/pickle.hpp"
#include "reenact/face/morphable.hpp"

namespace dact::face {

/// How many directions of each kind to keep; the defaults are those of DECA and EMOCA.
struct FlameOptions {
  std::int64_t identity = 100;   // of 300
  std::int64_t expression = 50;  // of 100
};

/// generic_model.pkl and landmark_embedding.npy, read as data: nothing in them is executed, and a pickle that names
/// anything but arrays is refused.
/// returns      f32 tables: identity directions 0 .. identity - 1 and expression directions 300 .. of `shapedirs`
/// throws       IoError(not a pickle of arrays: file, array, byte), WeightsError(missing, mis-shaped, not finite, an
///              index outside: file, array, place, value)
MorphableTables read_flame(const std::string& model, const std::string& landmarks,
                           const FlameOptions& options = {});
MorphableTables read_flame(const InputFile& model, const InputFile& landmarks,
                           const FlameOptions& options = {});

/// The buffers `<prefix>v_template`, `<prefix>shapedirs` (already cut to the two kinds), `<prefix>posedirs` [P, 3 V],
/// ... of a checkpoint that kept them (EMOCA: prefix "state_dict/deca.flame.").
/// where        the checkpoint's name, for errors
/// throws       WeightsError
MorphableTables flame_of_buffers(const std::map<std::string, Tensor>& tensors,
                                 const std::string& prefix, const std::string& where,
                                 const FlameOptions& options = {});

}  // namespace dact::face
