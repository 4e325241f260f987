// Arrays inside pickles as Tensors: numpy, scipy's sparse matrices, chumpy, and PyTorch tensors whose storage is a file
// nested in bytes. Nothing is called: what numpy would have been asked to do is recognised by name and done here.
#pragma once
#include <string>

#include "io/pickle.hpp"
#include "tensor/tensor.hpp"

namespace dact {

/// Refuses a pickle that names anything but what such arrays need (numpy's _reconstruct, ndarray and dtype; scipy's
/// csc_matrix and csr_matrix; chumpy's Ch; torch's _rebuild_tensor_v2 and _load_from_bytes; set, object,
/// _reconstructor, OrderedDict, _codecs.encode).
/// throws       IoError(file, name, byte)
void require_array_globals(const PickleTree& tree, const std::string& file);

/// The numbers behind a value of a pickle, row-major.
/// id           a numpy array (C or Fortran order; f2 f4 f8, i1 i2 i4 i8, u1 u2 u4 u8, b1; either byte order), a chumpy
///              Ch (its entry `x`), a csc_matrix or csr_matrix (dense here, entries that stand twice are added), or a
///              torch tensor over a nested file
/// returns      f16, f32, f64, u8, bool as they are; i1 i2 u2 as i32; u4 u8 as i64 (u8 from 2^63 on wraps, as a root's
///              parent 2^64 - 1 = -1 is meant to)
/// throws       IoError("<where> (byte N) must ..."). Own limits: rank 8, sparse matrices of 2^24 elements
Tensor pickled_array(const PickleTree& tree, NodeId id, const std::string& where);

}  // namespace dact
