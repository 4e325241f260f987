// What the pickle machine may not meet, and the few calls whose result is plain data.
#pragma once
#include <string>
#include <string_view>

#include "io/pickle.hpp"

namespace dact::pickle_rules {

/// "REDUCE", "INST", ...; "unknown opcode" for bytes that are none.
std::string_view opcode_name(unsigned char opcode);

/// Whether a file that names this is an attack: nothing here belongs in a checkpoint.
bool is_refused(std::string_view module, std::string_view name);

/// The data that calling the global `callee` with the tuple `arguments` would give: OrderedDict,
/// set, list, tuple, dict, bytes, torch.Size. kNoNode when the call is not one of these. `copied`:
/// bytes that were copied for it. `problem` is set when the arguments are not those of an honest
/// file.
NodeId plain_result(PickleTree& tree, NodeId callee, NodeId arguments, std::size_t& copied,
                    std::string& problem);

}  // namespace dact::pickle_rules
