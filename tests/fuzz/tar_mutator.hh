#pragma once

#include <string>

#include "dice.hh"

namespace rootlayer::fuzz {

/// Changes a tar a little: flips, copies, cuts or swaps bytes or blocks, or writes what parsers dislike.
/// Most of the time the checksums are corrected, otherwise the code behind their check would not be reached.
void mutateTar(std::string& tar, Dice& dice);

/// Corrects the checksum of every block that has ustar's magic.
void resealAll(std::string& tar);

} // namespace rootlayer::fuzz
