// The helper of a run that has a network (docs/network.md). The library starts it from its own memory:
//
//     network-helper PORT RECORDS DIRECTORY
//
// PORT and RECORDS are descriptors: the streams' port, and a pipe for records of connections, one line of
// JSON each. Standard input gives the options as one line of JSON; its end says that the script has ended.
// DIRECTORY is the run's, for the guardian (vm/guardian.hh), and is not used.

#include <array>
#include <csignal>
#include <cstdio>
#include <exception>
#include <sys/prctl.h>
#include <unistd.h>

#include <rootlayer/error.hh>

#include "base/stream.hh"
#include "network/connection_record.hh"
#include "network/helper/confinement.hh"
#include "network/helper/helper_relay.hh"

namespace {

using namespace rootlayer;

constexpr std::size_t kMaxOptions = std::size_t{8} << 20;

/// Reads up to the newline, byte for byte: what follows is the end of the script.
std::string readLine(int fd) {
    std::string line;
    char byte = 0;
    while (line.size() < kMaxOptions && ::read(fd, &byte, 1) == 1 && byte != '\n')
        line += byte;
    return line;
}

void serve(int port, int records) {
    const auto options = network::decodeOptions(readLine(STDIN_FILENO));
    const network::Rules rules(options);
    network::Resolver resolver(rules);
    FdSink sink(records, "the records");
    network::confine({port, records});
    network::HelperRelay relay(UniqueFd(port), rules, options, resolver, [&](const NetworkConnection& each) {
        sink.write(network::encodeRecord(each) + "\n");
    });
    relay.run(STDIN_FILENO);
}

} // namespace

int main(int argc, char** argv) {
    ::signal(SIGPIPE, SIG_IGN);
    if (argc != 4) return 2;
    try {
        serve(std::stoi(argv[1]), std::stoi(argv[2]));
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
}
