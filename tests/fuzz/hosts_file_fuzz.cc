// The fuzz target of the hosts file, for libFuzzer. Any bytes must give names and addresses that are the same
// when they are written and read again.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "network/helper/hosts_file.hh"
#include "network/host_name.hh"

using namespace rootlayer::network;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // A copy of its own, for the address sanitizer to see a read beyond its end.
    const auto hosts = parseHostsFile(std::string(reinterpret_cast<const char*>(data), size));
    std::string text;
    for (const auto& [name, addresses] : hosts) {
        if (canonicalName(name) != name || addresses.empty()) std::abort();
        for (const auto& address : addresses)
            text += "\t" + address.str() + " " + name + ". # again\r\n";
    }
    if (parseHostsFile(text) != hosts) std::abort();
    return 0;
}
