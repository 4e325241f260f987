#include "io/pickle.hpp"

#include "tests/io/pickles.hpp"

using namespace dact;
using namespace dact::test;
using namespace dact::test::pickles;

namespace {

PickleTree parse(std::string_view bytes) { return read_pickle(InputFile::over("hand.pkl", bytes)); }
std::string json(const std::string& body, int version = 2) {
  const std::string bytes = proto(version) + body + ".";
  const PickleTree tree = parse(bytes);
  return pickle_json(tree, tree.root, 10'000);
}
std::string refusal(const std::string& bytes) {
  return io_error([&] { parse(bytes); });
}
std::string repeated(const std::string& part, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += part;
  return out;
}

}  // namespace

TEST_CASE("pickle: plain values of every protocol") {
  CHECK(json("N") == "null");
  CHECK(json("\x88") == "true");
  CHECK(json("K\xFF") == "255");
  CHECK(json("M\x01\x02") == "513");
  CHECK(json(integer(-7)) == "-7");
  CHECK(json(std::string("\x8A\x00", 2)) == "0");
  CHECK(json("\x8A\x01\xFF") == "-1");
  CHECK(json("\x8A\x08\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7F") == "9223372036854775807");
  CHECK(json(std::string("\x8A\x09\0\0\0\0\0\0\0\0\x40", 11)) == "1180591620717411303424");
  CHECK(json(std::string("\x8A\x09\0\0\0\0\0\0\0\0\xFF", 11)) == "-18446744073709551616");
  CHECK(json(std::string("\x8B\x02\0\0\0\x00\x80", 7)) == "-32768");
  CHECK(json(std::string("G\x3F\xF8\0\0\0\0\0\0", 9)) == "1.5");
  CHECK(json(std::string("G\x3F\xF0\0\0\0\0\0\0", 9)) == "1.0");
  CHECK(json(text("caf\xC3\xA9")) == "\"caf\xC3\xA9\"");
  CHECK(json("U\x03"
             "abc") == "\"abc\"");
  CHECK(json("U\x02\xFF\xFE") == "\"<2 bytes>\"");
  CHECK(json("C\x02\x01\x02", 3) == "\"<2 bytes>\"");
  CHECK(json("\x8C\x01"
             "a\x94",
             4) == "\"a\"");
  CHECK(json("(K\x01K\x02t") == "[1, 2]");
  CHECK(json("](K\x01K\x02"
             "e") == "[1, 2]");
  CHECK(json("(K\x01l") == "[1]");
  CHECK(json("(" + text("k") + "K\x01" + "d") == "{\"k\": 1}");
  CHECK(json("\x8F(K\x01\x90", 4) == "[1]");
  CHECK(json("K\x01K\x02\x86") == "[1, 2]");
  CHECK(json("K\x01K\x02"
             "0") == "1");
  CHECK(json("K\x01(K\x02K\x03"
             "1") == "1");
  CHECK(json("](K\x01"
             "2e") == "[1, 1]");
  CHECK(json("K\x05q\x01h\x01\x86") == "[5, 5]");
}

TEST_CASE("pickle: calls whose result is data are data, all others are inert records") {
  CHECK(json(call(global("collections", "OrderedDict"), "") + text("a") + "K\x01s") ==
        "{\"a\": 1}");
  CHECK(json(call(global("collections", "OrderedDict"), "](" + tuple(text("a") + "K\x01") + "e")) ==
        "{\"a\": 1}");
  CHECK(json(call(global("__builtin__", "set"),
                  "](K\x01"
                  "e")) == "[1]");
  CHECK(json(call(global("_codecs", "encode"), text("\xC3\xBF\x01") + text("latin1"))) ==
        "\"<2 bytes>\"");
  CHECK(json(call(global("torch", "Size"), tuple("K\x02K\x03"))) == "[2, 3]");
  CHECK(json(call(global("my.module", "Thing"), "K\x01") + "}b") == "\"<my.module Thing>\"");
  CHECK(json(call(global("__builtin__", "getattr"), global("config", "Kind") + text("tiny"))) ==
        "\"<__builtin__ getattr>\"");
  CHECK(json(call(global("collections", "defaultdict"), global("__builtin__", "list")) + text("k") +
             "Ns") == "\"<collections defaultdict>\"");
}

TEST_CASE(
    "pickle: a value that holds itself, and one shared a million times, are read and printed") {
  CHECK(contains(json("]q\x01h\x01"
                      "a"),
                 "..."));
  std::string doubled = "]";  // 2^40 leaves when unfolded
  for (int i = 0; i < 40; ++i) doubled += "2\x86";
  CHECK(contains(json(doubled), "..."));
}

TEST_CASE("pickle: protocol 0, where numbers and strings are lines of text") {
  const auto text0 = [](const std::string& bytes) {
    const PickleTree tree = parse(bytes + ".");
    return pickle_json(tree, tree.root, 10'000);
  };
  CHECK(text0("I-17\n") == "-17");
  CHECK(text0("I01\n") == "true");
  CHECK(text0("I00\n") == "false");
  CHECK(text0("L4294967295L\n") == "4294967295");
  CHECK(text0("L18446744073709551616L\n") == "18446744073709551616");
  CHECK(text0("L-18446744073709551616L\n") == "-18446744073709551616");
  CHECK(text0("F1.5\n") == "1.5");
  CHECK(text0("F-1e-05\n") == text0("F-0.00001\n"));
  CHECK(text0("S'abc'\n") == "\"abc\"");
  CHECK(text0("S\"it's\"\n") == "\"it's\"");
  CHECK(parse("S'\\x00\\xff\\n\\t\\r\\\\\\''\n.").at(0).text == std::string("\0\xFF\n\t\r\\'", 7));
  CHECK(text0("Vcaf\xE9\n") == "\"caf\xC3\xA9\"");
  CHECK(text0("V\\u00e9\\u005c\\U0001F600\\x\n") == "\"\xC3\xA9\\\\\xF0\x9F\x98\x80\\\\x\"");
  CHECK(text0("(dp0\nS'a'\np1\nI1\nsS'b'\np2\n(lp3\nF2.5\nag1\nas") ==
        "{\"a\": 1, \"b\": [2.5, \"a\"]}");
  // An instance of a new-style class: copy_reg._reconstructor(class, object, None), then its state.
  const PickleTree tree = parse(
      "ccopy_reg\n_reconstructor\np0\n(cmy\nThing\np1\nc__builtin__\nobject\np2\nNtp3\nRp4\n"
      "(dp5\nS'x'\np6\nI3\nsb.");
  CHECK(tree.is_call(tree.root, "copy_reg _reconstructor"));
  CHECK(tree.at(tree.find(tree.at(tree.root).state, "x")).integer == 3);
  CHECK(tree.at(tree.find(tree.at(tree.root).state, "x")).offset > 80);
}

TEST_CASE("pickle: hostile pickles are refused with opcode and byte") {
  const auto p2 = [&](const std::string& body) { return proto() + body + "."; };
  const auto names = [&](const std::string& module, const std::string& name) {
    return p2(call(global(module, name), text("x")));
  };
  const auto by_stack = [](const std::string& module, const std::string& name) {
    return proto(4) + text(module) + text(name) + "\x93.";
  };
  const struct {
    std::string label, bytes, says;
  } files[] = {
      // globals that run code
      {"os.system", names("os", "system"),
       "GLOBAL (0x63) at byte 2 must not name what runs code, got os.system: this file is an "
       "attack"},
      {"posix.system", names("posix", "system"), "got posix.system"},
      {"nt.system", names("nt", "system"), "got nt.system"},
      {"subprocess.Popen", names("subprocess", "Popen"), "got subprocess.Popen"},
      {"builtins.eval", names("builtins", "eval"), "got builtins.eval"},
      {"builtins.exec", names("__builtin__", "exec"), "got __builtin__.exec"},
      {"builtins.compile", names("builtins", "compile"), "builtins.compile"},
      {"builtins.open", names("builtins", "open"), "builtins.open"},
      {"builtins.__import__", names("builtins", "__import__"), "builtins.__import__"},
      {"builtins.input", names("builtins", "input"), "builtins.input"},
      {"builtins.breakpoint", names("builtins", "breakpoint"), "builtins.breakpoint"},
      {"sys.modules", names("sys", "modules"), "got sys.modules"},
      {"shutil.rmtree", names("shutil", "rmtree"), "shutil.rmtree"},
      {"socket.socket", names("socket", "socket"), "socket.socket"},
      {"pty.spawn", names("pty", "spawn"), "pty.spawn"},
      {"runpy.run_path", names("runpy", "run_path"), "runpy.run_path"},
      {"importlib.import_module", names("importlib", "import_module"), "importlib.import_module"},
      {"ctypes.CDLL", names("ctypes", "CDLL"), "ctypes.CDLL"},
      {"code.interact", names("code", "interact"), "code.interact"},
      {"commands.getoutput", names("commands", "getoutput"), "commands.getoutput"},
      {"webbrowser.open", names("webbrowser", "open"), "webbrowser.open"},
      {"pickle.loads inside", names("pickle", "loads"), "pickle.loads"},
      {"_pickle.loads inside", names("_pickle", "loads"), "_pickle.loads"},
      {"marshal.loads", names("marshal", "loads"), "marshal.loads"},
      {"pip.main", names("pip", "main"), "pip.main"},
      {"timeit.timeit", names("timeit", "timeit"), "timeit.timeit"},
      {"cProfile.run", names("cProfile", "run"), "cProfile.run"},
      {"pdb.run", names("pdb", "run"), "pdb.run"},
      {"asyncio subprocess", names("asyncio.unix_events", "_UnixSubprocessTransport._start"),
       "asyncio.unix_events"},
      {"idlelib", names("idlelib.run", "Executive.runcode"), "idlelib.run"},
      {"multiprocessing", names("multiprocessing.util", "spawnv_passfds"), "multiprocessing.util"},
      {"urllib", names("urllib.request", "urlretrieve"), "urllib.request"},
      {"ssl", names("ssl", "get_server_certificate"), "ssl.get_server_certificate"},
      {"torch.hub.load", names("torch.hub", "load"), "torch.hub.load"},
      {"torch.load inside", names("torch", "load"), "torch.load"},
      {"torch.serialization.load", names("torch.serialization", "load"),
       "torch.serialization.load"},
      {"torch.utils.collect_env.run", names("torch.utils.collect_env", "run"), "collect_env.run"},
      {"torch.utils._config_module", names("torch.utils._config_module", "load_config"),
       "load_config"},
      {"torch.jit exec", names("torch.jit.unsupported_tensor_ops", "execWrapper"), "execWrapper"},
      {"numpy runstring", names("numpy.testing._private.utils", "runstring"), "runstring"},
      {"operator.attrgetter", names("operator", "attrgetter"), "operator.attrgetter"},
      {"types.FunctionType", names("types", "FunctionType"), "types.FunctionType"},
      {"STACK_GLOBAL of os.system", by_stack("os", "system"),
       "STACK_GLOBAL (0x93) at byte 20 must not name what runs code, got os.system"},
      {"module below another one's name", by_stack("torch.serialization_", "os.system"),
       "got torch.serialization_.os.system"},
      {"dunder below a name", by_stack("collections", "OrderedDict.__init__.__globals__"),
       "must not name what runs code"},
      {"dunder name", by_stack("my", "__getattribute__"), "must not name what runs code"},
      {"getattr of a dunder",
       p2(call(global("builtins", "getattr"), global("my", "Thing") + text("__globals__"))),
       "REDUCE (0x52)"},
      {"getattr of one argument", p2(call(global("builtins", "getattr"), text("x"))),
       "must give builtins getattr"},
      {"hidden before the tensors", p2("(" + call(global("os", "system"), text("x")) + "1}"),
       "os.system"},
      {"hidden in an unused memo entry",
       p2(global("os", "system") + "q\x05"
                                   "0}"),
       "os.system"},
      {"as a dict key", p2("}" + global("os", "system") + "Ns"), "os.system"},
      // names that are no names
      {"newline trick in STACK_GLOBAL", by_stack("os\nx", "system"),
       "names of visible ASCII characters"},
      {"space in a module", names("os ", "system"), "names of visible ASCII characters"},
      {"Unicode look-alike", by_stack("\xEF\xBD\x8Fs", "system"),
       "names of visible ASCII characters"},
      {"empty module", names("", "system"), "names of visible ASCII characters"},
      {"name without end", proto() + "c" + std::string(5000, 'a'), "names of at most 512 bytes"},
      {"name cut by the end", proto() + "cos", "GLOBAL (0x63) at byte 2 must have its operand"},
      {"STACK_GLOBAL of numbers", proto(4) + "K\x01K\x02\x93.", "must find two names on the stack"},
      // opcodes outside the subset
      {"INST", proto() + "(ios\nsystem\n.",
       "INST (0x69) at byte 3 must be one that holds data, got one that is refused"},
      {"OBJ", proto() + "(" + global("my", "Thing") + "o.", "OBJ (0x6f)"},
      {"EXT1", proto() + "\x82\x01.", "EXT1 (0x82) at byte 2"},
      {"EXT2", proto() + "\x83\x01\x01.", "EXT2 (0x83)"},
      {"EXT4", proto() + "\x84\x01\x01\x01\x01.", "EXT4 (0x84)"},
      {"PERSID", proto() + "Pos.system\n.", "PERSID (0x50)"},
      {"INT without digits", "I\n.",
       "INT (0x49) at byte 0 must spell an integer of 64 bits, got none such"},
      {"INT of 80 bits", "I1208925819614629174706176\n.", "must spell an integer of 64 bits"},
      {"INT of words", "Ios.system\n.", "must spell an integer of 64 bits"},
      {"INT without its line's end", "I1", "INT (0x49) at byte 0 must have its operand"},
      {"INT of 3000 digits", "I" + std::string(3000, '1') + "\n.", "digits of at most 2500 bytes"},
      {"LONG of words", "L1x\n.", "LONG (0x4c) at byte 0 must spell an integer"},
      {"LONG without digits", "L-L\n.", "must spell an integer"},
      {"FLOAT of words", "F1.0;\n.", "FLOAT (0x46) at byte 0 must spell a number"},
      {"STRING without quotes", "Sx\n.",
       "STRING (0x53) at byte 0 must hold a string as Python 2 prints it"},
      {"STRING with half a pair", "S'x\n.", "as Python 2 prints it"},
      {"STRING of one quote", "S'\n.", "as Python 2 prints it"},
      {"STRING with another escape", "S'\\N{DASH}'\n.", "as Python 2 prints it"},
      {"STRING with half an escape", "S'\\x4'\n.", "as Python 2 prints it"},
      {"STRING that ends in a backslash", "S'\\'\n.", "as Python 2 prints it"},
      {"UNICODE with half an escape", "V\\u004\n.",
       "UNICODE (0x56) at byte 0 must hold Unicode as Python escapes it"},
      {"UNICODE with half a pair", "V\\uD800\n.", "as Python escapes it"},
      {"UNICODE beyond the last", "V\\U00110000\n.", "as Python escapes it"},
      {"GET never put", "g0\n.", "GET (0x67) at byte 0 must name a memo entry that was put, got 0"},
      {"GET of words", "Np0\ngx\n.", "must spell a memo index"},
      {"PUT of minus one", "Np-1\n.", "PUT (0x70) at byte 1 must spell a memo index"},
      {"PUT of 4 billion", "Np4294967295\n.", "memo index below 2^22, got 4294967295"},
      {"BYTEARRAY8", proto(5) + "\x96" + le(std::uint64_t{0}) + ".", "BYTEARRAY8 (0x96)"},
      {"NEXT_BUFFER", proto(5) + "\x97.", "NEXT_BUFFER (0x97)"},
      {"unknown opcode", proto() + "\xFE.", "unknown opcode (0xfe) at byte 2"},
      {"BINPERSID in a plain pickle", proto() + storage("FloatStorage", "0", 1) + ".",
       "must stand in a PyTorch file"},
      // calls of what is no name
      {"REDUCE of text", p2(text("os.system") + ")R"), "must follow a named record"},
      {"REDUCE of a list", p2("])R"), "must follow a named record"},
      {"NEWOBJ of a number", p2("K\x01)\x81"), "must follow a named record"},
      {"REDUCE without a tuple", p2(global("my", "f") + "]R"), "must have a tuple of arguments"},
      {"NEWOBJ_EX without a dict", proto(4) + global("my", "C") + ")N\x92.",
       "must have a tuple and a dict"},
      {"OrderedDict of a number", p2(call(global("collections", "OrderedDict"), "K\x01")),
       "must give collections OrderedDict a list of pairs"},
      {"OrderedDict of triples",
       p2(call(global("collections", "OrderedDict"), "](" + tuple("K\x01K\x02K\x03") + "e")),
       "a list of pairs"},
      {"bytes beyond latin1",
       p2(call(global("_codecs", "encode"), text("\xE2\x82\xAC") + text("latin1"))),
       "(text, 'latin1')"},
      {"encode by another codec", p2(call(global("_codecs", "encode"), text("x") + text("rot13"))),
       "(text, 'latin1')"},
      {"BUILD on a class", p2(global("my", "Thing") + "}b"), "must follow an object"},
      {"BUILD on a list", p2("]}b"), "must follow an object"},
      {"SETITEM on a list", p2("]NNs"), "must follow a dict"},
      {"APPEND to a dict", p2("}Na"), "must follow a list or a set"},
      {"SETITEM on a class", p2(global("my", "Thing") + "NNs"), "must follow a dict"},
      // broken structure
      {"empty file", "", "must end with STOP, got the end at byte 0"},
      {"no STOP", proto() + "N", "must end with STOP, got the end at byte 3"},
      {"STOP with nothing", proto() + ".", "STOP (0x2e) at byte 2 must leave one value"},
      {"STOP with two values", proto() + "NN.", "must leave one value"},
      {"STOP below a mark", proto() + "N(.", "must leave one value"},
      {"second pickle behind the first", p2("N") + p2("N"),
       "nothing must follow the pickle, got 4 bytes from byte 4"},
      {"protocol 6", "\x80\x06N.", "PROTO (0x80) at byte 0 must name a protocol up to 5, got 6"},
      {"PROTO in the middle", proto() + "N" + proto() + "0N.", "must come before all values"},
      {"pop of nothing", p2("0N"), "must find a value on the stack"},
      {"tuple through a mark", p2("N(N\x86"), "must find a value on the stack"},
      {"tuple without mark", p2("Nt"), "must find a mark on the stack"},
      {"POP_MARK without mark", p2("1N"), "must find a mark on the stack"},
      {"DUP of nothing", p2("2"), "must find a value on the stack"},
      {"SETITEMS of three", p2("}(NNNu"), "keys and values in pairs"},
      {"DICT of one", p2("(Nd"), "keys and values in pairs"},
      {"memo entry never put", p2("h\x03"),
       "BINGET (0x68) at byte 2 must name a memo entry that was put, got 3"},
      {"memo entry in a hole",
       p2("Nq\x05h\x03"
          "0"),
       "must name a memo entry that was put"},
      {"memo index of 4 billion", p2("Nr\xFF\xFF\xFF\xFF"),
       "memo index below 2^22, got 4294967295"},
      {"PUT on an empty stack", p2("q" + std::string(1, '\0') + "N"),
       "must find a value on the stack"},
      {"text past the end", p2("X\xFF\xFF\xFF\x7F"), "got a length of 2147483647"},
      {"text of 2^64 - 1", proto(4) + "\x8D" + le(~std::uint64_t{0}) + ".",
       "got a length of 18446744073709551615"},
      {"bytes past the end", proto(4) + "\x8E" + le(std::uint64_t{1} << 40) + ".",
       "got a length of 1099511627776"},
      {"negative length", p2("T\xFF\xFF\xFF\xFF"), "must have a length >= 0, got -1"},
      {"frame past the end", proto(4) + "\x95" + le(std::uint64_t{1000}) + "N.", "FRAME (0x95)"},
      {"integer of 4 GiB", p2("\x8B\xFF\xFF\xFF\xFF"),
       "an integer of at most 1024 bytes, got 4294967295"},
      {"operand cut", proto() + "J\x01\x02", "must have its operand inside the file"},
      {"text that is not UTF-8", p2("X" + le(std::uint32_t{1}) + "\xFF"), "must hold UTF-8"},
  };
  int count = 0;
  for (const auto& file : files) {
    const std::string said = refusal(file.bytes);
    CHECK_MESSAGE(contains(said, "hand.pkl: "), file.label);
    CHECK_MESSAGE(contains(said, file.says), file.label << ": " << said);
    ++count;
  }
  CHECK(count >= 100);
}

TEST_CASE("pickle: work and memory are bounded") {
  CHECK(contains(refusal(proto() + "Nq\x01" +
                         repeated("h\x01"
                                  "0",
                                  1 << 23) +
                         "."),
                 "at most 2^24 opcodes"));
  CHECK(contains(refusal(proto() + std::string((1 << 22) + 2, 'N') + "."), "2^22"));
  CHECK(contains(refusal(proto() + "N" + std::string(1 << 22, '2') + "."), "2^22"));
  CHECK(contains(refusal(proto() + std::string((1 << 22) + 1, '(') + "."), "2^22"));
  // A million levels of nesting cost no stack when they are read and dropped.
  CHECK(refusal(proto() + "N" + std::string(1'000'000, '\x85') + ".") == "");
  // One list of 10,000 copied by ten thousand calls of set().
  std::string copies = proto() + "](" + std::string(10'000, 'N') +
                       "e\x85q\x01"
                       "0" +
                       global("__builtin__", "set") +
                       "q\x02"
                       "0";
  copies += repeated("h\x02h\x01R0", 10'000) + "N.";
  CHECK(contains(refusal(copies), "must not copy more than twice the file's size"));
}

TEST_CASE("pickle: 20,000 mutations of a valid pickle are read or refused, nothing else") {
  const std::string valid = proto() + "}(" + text("a") + "K\x01" + text("b") +
                            call(global("collections", "OrderedDict"), "") + text("c") +
                            "](K\x01K\x02"
                            "e" +
                            text("d") + call(global("my", "Thing"), "N") + "}b" + "u.";
  Words words{20'250'103};
  int taken = 0;
  for (int i = 0; i < 20'000; ++i) {
    const std::string bytes = mutated(valid, words);
    taken += refusal(bytes) == "";
  }
  CHECK(taken > 100);
  CHECK(taken < 15'000);
}
