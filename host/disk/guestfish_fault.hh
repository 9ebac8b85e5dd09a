#pragma once

#include <string>
#include <string_view>

#include <rootlayer/error.hh>

namespace rootlayer::disk {

/// What guestfish's stderr says of a failure, as an error that says what to try. `what`: the disk "x.img".
Error guestfishFault(const std::string& what, std::string_view said);

} // namespace rootlayer::disk
