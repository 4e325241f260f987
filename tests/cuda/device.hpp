// The device that tests run on: the card of a CUDA build, else the emulator.
#pragma once

namespace dact {

/// False: a CUDA build without a card.
bool start_test_device();
/// Another order of threads for the emulator; nothing on a card.
void vary_device(int turn);

}  // namespace dact
