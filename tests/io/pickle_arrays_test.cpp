// Arrays in pickles: what numpy, scipy, chumpy and torch wrote comes out as numbers, anything else is refused.
#include "io/pickle_arrays.hpp"

#include "io/npy.hpp"
#include "tests/io/pickles.hpp"

using namespace dact;
using namespace dact::test;
using namespace dact::test::pickles;

namespace {

std::string bytes_of(const std::string& data) {
  return "B" + le(static_cast<std::uint32_t>(data.size())) + data;
}

// An array of numpy's; `name` and `order` as in its dtype, `shape` ready-made values.
struct NumpyArray {
  std::string name = "f8", order = "<", shape = "K\x02", data = le(1.5) + le(-2.0);
  std::string fortran = "\x89", fields = "N", state_end = "";
  std::string pickle() const {
    const std::string dtype = call(global("numpy", "dtype"), text(name) + "\x89\x88") +
                              tuple("K\x03" + text(order) + "N" + fields + "N" + integer(-1) +
                                    integer(-1) + "K" + std::string(1, '\0')) +
                              "b";
    return call(global("numpy.core.multiarray", "_reconstruct"),
                global("numpy", "ndarray") + tuple(std::string("K\0", 2)) + text("b")) +
           tuple("K\x01" + tuple(shape) + dtype + fortran + bytes_of(data) + state_end) + "b";
  }
};

std::string array_of(const std::vector<std::int32_t>& values) {
  NumpyArray a{
      .name = "i4", .shape = integer(static_cast<std::int32_t>(values.size())), .data = ""};
  for (const std::int32_t v : values) a.data += le(v);
  return a.pickle();
}
std::string array_of(const std::vector<double>& values) {
  NumpyArray a{.shape = integer(static_cast<std::int32_t>(values.size())), .data = ""};
  for (const double v : values) a.data += le(v);
  return a.pickle();
}

struct Sparse {
  std::string rows = "K\x02", columns = "K\x03", kind = "csc";
  std::vector<std::int32_t> indices{0, 1, 1}, indptr{0, 1, 1, 3};
  std::vector<double> data{5, 7, 9};
  std::string pickle() const {
    return global("scipy.sparse." + kind, kind + "_matrix") + ")\x81}(" + text("_shape") +
           tuple(rows + columns) + text("data") + array_of(data) + text("indices") +
           array_of(indices) + text("indptr") + array_of(indptr) + "ub";
  }
};

Tensor read(const std::string& pickle) {
  const std::string bytes = proto() + pickle + ".";
  const PickleTree tree = read_pickle(InputFile::over("hand.pkl", bytes));
  require_array_globals(tree, "hand.pkl");
  return pickled_array(tree, tree.root, "hand.pkl: array x");
}
std::string refusal(const std::string& pickle) {
  return io_error([&] { read(pickle); });
}

}  // namespace

TEST_CASE("pickled arrays: every dtype, both byte orders, both layouts") {
  CHECK(read(NumpyArray{}.pickle()).to_vector<double>() == std::vector<double>{1.5, -2});
  const auto one = [](const std::string& name, const std::string& order, const std::string& data) {
    return read(NumpyArray{.name = name, .order = order, .shape = "K\x01", .data = data}.pickle());
  };
  CHECK(one("f4", "<", le(2.5F)).to_vector<float>() == std::vector<float>{2.5F});
  CHECK(one("f4", "=", le(2.5F)).dtype() == DType::f32);
  CHECK(one("i1", "|", "\xFF").to_vector<std::int32_t>() == std::vector<std::int32_t>{-1});
  CHECK(one("i2", ">", "\xFF\xFE").to_vector<std::int32_t>() == std::vector<std::int32_t>{-2});
  CHECK(one("i4", ">", std::string("\0\0\1\0", 4)).item() == 256);
  CHECK(one("i8", "<", le(std::int64_t{-5})).dtype() == DType::i64);
  CHECK(one("u1", "|", "\xFF").to_vector<std::uint8_t>() == std::vector<std::uint8_t>{255});
  CHECK(one("u2", "<", "\xFF\xFF").item() == 65535);
  CHECK(one("u4", "<", "\xFF\xFF\xFF\xFF").to_vector<std::int64_t>()[0] == 4294967295);
  CHECK(one("u8", "<", std::string(8, '\xFF')).to_vector<std::int64_t>()[0] == -1);
  CHECK(one("b1", "|", "\x07").dtype() == DType::bool_);
  CHECK(one("f2", "<", std::string("\x00\x3C", 2)).item() == 1);
  const std::string six = le(1) + le(2) + le(3) + le(4) + le(5) + le(6);
  NumpyArray a{.name = "i4", .shape = "K\x02K\x03", .data = six};
  CHECK(read(a.pickle()).to_vector<std::int32_t>() == std::vector<std::int32_t>{1, 2, 3, 4, 5, 6});
  a.fortran = "\x88";
  CHECK(read(a.pickle()).to_vector<std::int32_t>() == std::vector<std::int32_t>{1, 3, 5, 2, 4, 6});
  CHECK(read(NumpyArray{.shape = "", .data = le(3.0)}.pickle()).rank() == 0);
  CHECK(read(NumpyArray{.shape = std::string("K\0", 2), .data = ""}.pickle()).numel() == 0);
}

TEST_CASE("pickled arrays: sparse matrices, chumpy, and instances of old protocols") {
  CHECK(read(Sparse{}.pickle()).to_vector<double>() == std::vector<double>{5, 0, 0, 0, 0, 16});
  CHECK(read(Sparse{.kind = "csr", .indices = {0, 2, 2}, .indptr = {0, 1, 3}}.pickle())
            .to_vector<double>() == std::vector<double>{5, 0, 0, 0, 0, 16});
  const auto chumpy = [](const std::string& x) {
    return global("chumpy.ch", "Ch") + ")\x81}" + text("x") + x + "sb";
  };
  CHECK(read(chumpy(NumpyArray{}.pickle())).to_vector<double>() == std::vector<double>{1.5, -2});
  const std::string old = call(global("copy_reg", "_reconstructor"),
                               global("chumpy.ch", "Ch") + global("__builtin__", "object") + "N") +
                          "}" + text("x") + NumpyArray{}.pickle() + "sb";
  CHECK(read(old).to_vector<double>() == std::vector<double>{1.5, -2});
}

TEST_CASE("pickled arrays: a torch tensor over a nested file keeps its strides") {
  const std::string nested =
      legacy(storage("FloatStorage", "0", 6), text("0") + "a",
             le(std::int64_t{6}) + le(0.F) + le(1.F) + le(2.F) + le(3.F) + le(4.F) + le(5.F));
  const auto over = [](const std::string& file, const std::string& rest) {
    return call(global("torch._utils", "_rebuild_tensor_v2"),
                call(global("torch.storage", "_load_from_bytes"), bytes_of(file)) + rest + "\x89" +
                    call(global("collections", "OrderedDict"), ""));
  };
  const auto place = [](std::int32_t offset, const std::string& size, const std::string& stride) {
    return integer(offset) + tuple(size) + tuple(stride);
  };
  CHECK(read(over(nested, place(0, "K\x02K\x03", "K\x03K\x01"))).to_vector<float>() ==
        std::vector<float>{0, 1, 2, 3, 4, 5});
  CHECK(read(over(nested, place(1, "K\x02K\x02", "K\x01K\x02"))).to_vector<float>() ==
        std::vector<float>{1, 3, 2, 4});
  CHECK(contains(refusal(over(nested, place(1, "K\x02K\x03", "K\x03K\x01"))),
                 "inside the storage's 6"));
  CHECK(contains(refusal(over(nested, place(0, "K\x07", std::string("K\0", 2)))), "[7]"));
  CHECK(contains(refusal(over(nested.substr(0, nested.size() - 1), place(0, "K\x06", "K\x01"))),
                 "hand.pkl: array x (file nested at byte "));
  CHECK(contains(refusal(over("not a file", place(0, "K\x06", "K\x01"))), "nested at byte"));
  // A nested file whose root is a dict of tensors, and one that hides a call.
  CHECK(contains(refusal(over(legacy("}", "", ""), place(0, "K\x06", "K\x01"))),
                 "must have a storage"));
  CHECK(contains(refusal(over(legacy(call(global("posix", "system"), text("x")), "", ""),
                              place(0, "K\x06", "K\x01"))),
                 "this file is an attack"));
}

TEST_CASE("pickled arrays: hostile and broken ones are refused with array and byte") {
  const auto with = [](auto change) {
    NumpyArray a;
    change(a);
    return a.pickle();
  };
  const auto matrix = [](auto change) {
    Sparse s;
    change(s);
    return s.pickle();
  };
  const std::string huge = integer(0x7FFFFFFF);
  const struct {
    std::string label, pickle, says;
  } files[] = {
      {"no array", "N",
       "hand.pkl: array x (byte 2): must be an array of numpy, scipy, chumpy or torch, got null"},
      {"a list", "]", "got []"},
      {"another class", global("numpy", "matrix") + ")\x81", "got numpy matrix at byte 2"},
      {"another module", global("my.module", "Thing"), "must name only numpy"},
      {"a class that is used nowhere", global("my", "x") + "0" + NumpyArray{}.pickle(),
       "got my x at byte 2"},
      {"too few bytes", with([](auto& a) { a.data.pop_back(); }),
       "must hold 16 bytes for f8[2], got 15"},
      {"too many bytes", with([](auto& a) { a.data += 'x'; }), "got 17"},
      {"sizes that overflow", with([&](auto& a) { a.shape = huge + huge + huge + huge; }),
       "product of at most 2^40"},
      {"negative size", with([](auto& a) { a.shape = integer(-2); }), "sizes >= 0"},
      {"text as a size", with([](auto& a) { a.shape = text("2"); }), "sizes >= 0"},
      {"nine axes",
       with([](auto& a) { a.shape = "K\x01K\x01K\x01K\x01K\x01K\x01K\x01K\x01K\x01"; }),
       "at most 8 sizes"},
      {"objects", with([](auto& a) { a.name = "O8"; }), "have a dtype of f2 f4"},
      {"complex", with([](auto& a) { a.name = "c8"; }), "have a dtype of f2 f4"},
      {"byte order !", with([](auto& a) { a.order = "!"; }), "and a byte order"},
      {"fields", with([](auto& a) { a.fields = text("x"); }), "a dtype of plain numbers"},
      {"order as a number", with([](auto& a) { a.fortran = "K\x01"; }), "Fortran's order"},
      {"a longer state", with([](auto& a) { a.state_end = "N"; }),
       "a state of version, shape, dtype"},
      {"no state",
       call(global("numpy.core.multiarray", "_reconstruct"), global("numpy", "ndarray")),
       "a state of version, shape, dtype"},
      {"chumpy without x", global("chumpy.ch", "Ch") + ")\x81}b", "have the entry x, got none"},
      {"chumpy that holds itself",
       global("chumpy.ch", "Ch") + ")\x81q\x01}" + text("x") + "h\x01sb",
       "must be an array of numpy"},
      {"sparse without data",
       global("scipy.sparse.csc", "csc_matrix") + ")\x81}" + text("_shape") + tuple("K\x02K\x03") +
           "sb",
       "have the entry data"},
      {"index outside", matrix([](auto& s) { s.indices[2] = 2; }),
       "have indices from 0 to 1, got 2 at [2]"},
      {"negative index", matrix([](auto& s) { s.indices[0] = -1; }), "got -1 at [0]"},
      {"falling pointers", matrix([](auto& s) {
         s.indptr = {0, 2, 1, 3};
       }),
       "rising pointers in indptr, got 2 to 1 at [1]"},
      {"pointers past the end", matrix([](auto& s) {
         s.indptr = {0, 1, 1, 4};
       }),
       "pointers from 0 to 3"},
      {"too few pointers", matrix([](auto& s) {
         s.indptr = {0, 3};
       }),
       "got 3 and 2"},
      {"too few indices", matrix([](auto& s) { s.indices.pop_back(); }), "got 2 and 4"},
      {"a matrix of 2^60", matrix([&](auto& s) { s.rows = s.columns = integer(1 << 30); }), "2^40"},
      {"a matrix of 2^26", matrix([&](auto& s) { s.rows = s.columns = integer(1 << 13); }),
       "at most 2^24 elements"},
      {"os.system", call(global("os", "system"), text("x")), "this file is an attack"},
  };
  for (const auto& file : files) {
    const std::string said = refusal(file.pickle);
    CHECK_MESSAGE(contains(said, "hand.pkl"), file.label);
    CHECK_MESSAGE(contains(said, file.says), file.label << ": " << said);
  }
}

TEST_CASE("pickled arrays: 20,000 mutations of valid ones are read or refused, nothing else") {
  const std::string valid[] = {proto() + NumpyArray{}.pickle() + ".",
                               proto() + Sparse{}.pickle() + "."};
  Words next{77};
  int taken = 0;
  for (int i = 0; i < 20'000; ++i) {
    const std::string bytes = mutated(valid[i % 2], next);
    const std::string said = io_error([&] {
      const PickleTree tree = read_pickle(InputFile::over("hand.pkl", bytes));
      require_array_globals(tree, "hand.pkl");
      pickled_array(tree, tree.root, "hand.pkl: array x");
    });
    taken += said.empty();
  }
  CHECK(taken > 100);
  CHECK(taken < 19'000);
}

TEST_CASE("npy: one pickled object is read as data") {
  const auto npy = [](const std::string& shape, const std::string& pickle) {
    const std::string header =
        "{'descr': '|O', 'fortran_order': False, 'shape': " + shape + ", }\n";
    return std::string("\x93NUMPY\x01\0", 8) + le(static_cast<std::uint16_t>(header.size())) +
           header + pickle;
  };
  NumpyArray around{.name = "O8", .order = "|", .shape = ""};
  const auto object = [&](const std::string& value) {
    std::string p = around.pickle();  // its bytes, the last value of the state, become a list
    const std::string data = bytes_of(around.data) + "tb";
    return proto(3) + p.substr(0, p.size() - data.size()) + "]" + value + "atb.";
  };
  const auto parse = [](const std::string& bytes) {
    return read_npy_object(InputFile::over("hand.npy", bytes));
  };
  const PickleTree tree = parse(npy("()", object("}" + text("a") + "K\x05s")));
  CHECK(tree.at(tree.find(tree.root, "a")).integer == 5);
  const auto said = [&](const std::string& bytes) { return io_error([&] { parse(bytes); }); };
  CHECK(contains(said(npy("(2,)", object("N"))), "dtype |O, shape []), got |O [2]"));
  CHECK(
      contains(said(npy("()", object("N") + "x")), "nothing must follow the pickle, got 1 bytes"));
  CHECK(contains(said(npy("()", proto() + "N.")), "an array of one object"));
  CHECK(contains(said(npy("()", object(call(global("os", "system"), text("x"))))),
                 "this file is an attack"));
  CHECK(contains(io_error([&] { read_npy(InputFile::over("hand.npy", npy("()", object("N")))); }),
                 "pickled object array"));
  CHECK(contains(said(npy("()", "")), "must end with STOP"));
}
