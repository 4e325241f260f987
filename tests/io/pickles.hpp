// Pickles put together by hand, for the suites of io.
#pragma once
#include <cstdint>
#include <string>

#include "tests/io/files.hpp"

namespace dact::test::pickles {

inline std::string proto(int version = 2) { return {'\x80', static_cast<char>(version)}; }
inline std::string text(const std::string& s) {
  return "X" + le(static_cast<std::uint32_t>(s.size())) + s;
}
inline std::string global(const std::string& module, const std::string& name) {
  return "c" + module + "\n" + name + "\n";
}
inline std::string integer(std::int32_t value) { return "J" + le(value); }
/// A tuple of ready-made values.
inline std::string tuple(const std::string& values) { return "(" + values + "t"; }
/// callee(arguments)
inline std::string call(const std::string& callee, const std::string& arguments) {
  return callee + tuple(arguments) + "R";
}
inline std::string storage(const std::string& type, const std::string& key, std::int32_t count) {
  return tuple(text("storage") + global("torch", type) + text(key) + text("cpu") + integer(count)) +
         "Q";
}
/// torch._utils._rebuild_tensor_v2(storage, offset, size, stride, False, OrderedDict())
inline std::string tensor(const std::string& store, std::int32_t offset, const std::string& size,
                          const std::string& stride) {
  return call(global("torch._utils", "_rebuild_tensor_v2"),
              store + integer(offset) + tuple(size) + tuple(stride) + "\x89" +
                  call(global("collections", "OrderedDict"), ""));
}
/// {"w": value}
inline std::string state(const std::string& value) { return "}" + text("w") + value + "s"; }

/// A legacy checkpoint: `object` is the fourth pickle without PROTO and STOP, `data` what follows
/// the key list.
inline std::string legacy(const std::string& object, const std::string& keys,
                          const std::string& data) {
  const std::string magic = "\x80\x02\x8A\x0A\x6C\xFC\x9C\x46\xF9\x20\x6A\xA8\x50\x19.";
  const std::string protocol = proto() + "M" + le(std::uint16_t{1001}) + ".";
  const std::string system = proto() + "}" + text("little_endian") + "\x88s.";
  return magic + protocol + system + proto() + object + "." + proto() + "]" + keys + "." + data;
}

}  // namespace dact::test::pickles
