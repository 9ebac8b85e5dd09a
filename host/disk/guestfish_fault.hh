#pragma once

#include <string>
#include <string_view>

#include <rootlayer/error.hh>

namespace rootlayer::disk {

/// Turns guestfish's stderr `said` into an error with a hint. `what` names the disk: the disk "x.img".
Error guestfishFault(const std::string& what, std::string_view said);

} // namespace rootlayer::disk
