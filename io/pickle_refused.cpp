// Names of opcodes, and the names that no checkpoint has a reason to hold.
#include <fmt/core.h>

#include "io/pickle_rules.hpp"

namespace dact::pickle_rules {
namespace {

// Word lists begin and end with a space, so that a search for " word " finds whole words.
constexpr std::string_view kOpcodes =
    " "
    "28:MARK 29:EMPTY_TUPLE 2e:STOP 30:POP 31:POP_MARK 32:DUP 42:BINBYTES 43:SHORT_BINBYTES "
    "46:FLOAT 47:BINFLOAT 49:INT 4a:BININT 4b:BININT1 4c:LONG 4d:BININT2 4e:NONE 50:PERSID "
    "51:BINPERSID 52:REDUCE 53:STRING 54:BINSTRING 55:SHORT_BINSTRING 56:UNICODE 58:BINUNICODE "
    "5d:EMPTY_LIST 61:APPEND 62:BUILD 63:GLOBAL 64:DICT 65:APPENDS 67:GET 68:BINGET 69:INST "
    "6a:LONG_BINGET 6c:LIST 6f:OBJ 70:PUT 71:BINPUT 72:LONG_BINPUT 73:SETITEM 74:TUPLE "
    "75:SETITEMS 7d:EMPTY_DICT 80:PROTO 81:NEWOBJ 82:EXT1 83:EXT2 84:EXT4 85:TUPLE1 86:TUPLE2 "
    "87:TUPLE3 88:NEWTRUE 89:NEWFALSE 8a:LONG1 8b:LONG4 8c:SHORT_BINUNICODE 8d:BINUNICODE8 "
    "8e:BINBYTES8 8f:EMPTY_SET 90:ADDITEMS 91:FROZENSET 92:NEWOBJ_EX 93:STACK_GLOBAL 94:MEMOIZE "
    "95:FRAME 96:BYTEARRAY8 97:NEXT_BUFFER 98:READONLY_BUFFER ";

// First component of a module. Each can start a program, load code, open a connection or change
// the interpreter.
constexpr std::string_view kModules =
    " "
    "_ctypes _imp _pickle _posixsubprocess _thread _xxsubinterpreters aiohttp antigravity "
    "asyncio atexit bdb cPickle cProfile cloudpickle code codeop commands compileall concurrent "
    "ctypes dbm dill distutils doctest ensurepip faulthandler fcntl ftplib gc http httplib "
    "idlelib imaplib imp importlib lib2to3 linecache marshal mmap modulefinder msvcrt "
    "multiprocessing nt nturl2path os paramiko pdb pexpect pickle pip pkgutil platform popen2 "
    "poplib posix profile pty py_compile pydoc readline requests resource rlcompleter runpy "
    "setuptools shelve shlex shutil signal site smtplib socket socketserver sqlite3 ssl "
    "subprocess sys sysconfig syslog telnetlib tempfile threading timeit tkinter trace "
    "tracemalloc turtle unittest urllib urllib2 urllib3 venv webbrowser winreg wsgiref xmlrpc "
    "zipapp zipimport ";

// The same for modules inside packages that checkpoints do name.
constexpr std::string_view kInnerModules =
    " "
    "numpy.distutils numpy.f2py numpy.testing test.support torch._dynamo torch._inductor "
    "torch.distributed.rpc torch.fx.experimental torch.hub torch.jit.unsupported_tensor_ops "
    "torch.ops torch.package torch.serialization torch.testing torch.utils._config_module "
    "torch.utils.bottleneck torch.utils.collect_env torch.utils.cpp_extension "
    "torch.utils.data.datapipes ";

constexpr std::string_view kGlobals =
    " "
    "_functools.reduce _io.FileIO _io.open _operator.attrgetter _operator.methodcaller "
    "codecs.open functools.reduce io.FileIO io.open itertools.starmap logging.config.fileConfig "
    "logging.config.listen numpy.fromfile numpy.load numpy.loads numpy.memmap "
    "operator.attrgetter operator.methodcaller torch.jit.load torch.load types.CodeType "
    "types.FunctionType types.LambdaType types.MethodType types.ModuleType ";

constexpr std::string_view kBuiltins =
    " "
    "__import__ apply breakpoint compile delattr eval exec execfile exit file filter globals "
    "help input locals map open quit raw_input reload setattr vars ";

bool holds(std::string_view words, std::string_view word) {
  return words.find(fmt::format(" {} ", word)) != std::string_view::npos;
}

// "a.b" and "a" of "a.b.c".
bool any_parent(std::string_view words, std::string_view dotted) {
  for (;;) {
    if (holds(words, dotted)) return true;
    const std::size_t dot = dotted.rfind('.');
    if (dot == std::string_view::npos) return false;
    dotted = dotted.substr(0, dot);
  }
}

// Protocol 4 allows "os.system" as a name below any module that imports os, and "f.__globals__".
// copyreg.__newobj__ is how old protocols spell NEWOBJ.
bool is_refused_name(std::string_view module, std::string_view name) {
  if (name.starts_with("__newobj")) return module != "copyreg" && module != "copy_reg";
  bool dotted = false;
  for (;;) {
    const std::size_t dot = name.find('.');
    dotted |= dot != std::string_view::npos;
    const std::string_view part = name.substr(0, dot);
    if (part.starts_with("__") || (dotted && holds(kModules, part))) return true;
    if (dot == std::string_view::npos) return false;
    name.remove_prefix(dot + 1);
  }
}

}  // namespace

std::string_view opcode_name(unsigned char opcode) {
  const std::size_t at = kOpcodes.find(fmt::format(" {:02x}:", opcode));
  if (at == std::string_view::npos) return "unknown opcode";
  return kOpcodes.substr(at + 4, kOpcodes.find(' ', at + 4) - at - 4);
}

bool is_refused(std::string_view module, std::string_view name) {
  if (holds(kModules, module.substr(0, module.find('.')))) return true;
  if (any_parent(kInnerModules, module)) return true;
  if (holds(kGlobals, fmt::format("{}.{}", module, name))) return true;
  const bool builtin = module == "builtins" || module == "__builtin__" || module == "__builtins__";
  if (builtin && holds(kBuiltins, name.substr(0, name.find('.')))) return true;
  return is_refused_name(module, name);
}

}  // namespace dact::pickle_rules
