// One array in a .npy file (https://numpy.org/neps/nep-0001-npy-format.html).
#pragma once
#include <string>

#include "io/file.hpp"
#include "io/pickle.hpp"
#include "tensor/tensor.hpp"

namespace dact {

/// Versions 1.0 and 2.0, C or Fortran order, little-endian f4 f8 f2 i4 i8 u1 b1. The result is
/// row-major. Own limits: header 65,535 bytes, rank 8. Object arrays are pickles and refused, as
/// are structured dtypes, other byte orders, and bytes behind the array. throws  IoError naming the
/// file and what does not hold
Tensor read_npy(const std::string& path);
Tensor read_npy(const InputFile& file);

/// The one value in a file of dtype |O and shape (): a pickle, read as data and never executed.
/// `tree.root` is the value itself, without the array around it.
/// throws  IoError naming the file, the byte, and what does not hold
PickleTree read_npy_object(const InputFile& file);

/// Version 1.0, C order, atomic. DtypeError for bf16, which numpy does not have.
void write_npy(const std::string& path, const Tensor& tensor);

}  // namespace dact
