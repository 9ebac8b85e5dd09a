#include <catch2/catch.hpp>

#include <string>

#include "base/file.hh"
#include "base/temp_dir.hh"
#include "vm/kvm_host.hh"

using namespace rootlayer;

namespace {

std::string hostWith(const std::string& processors) {
    const TempDir directory("/tmp");
    const auto path = directory.file("cpuinfo");
    writeFile(path, processors);
    return vm::kvmHost(path);
}

constexpr const char* kOne =
    "processor\t: 0\nvendor_id\t: AuthenticAMD\nmodel name\t: EPYC\nmicrocode\t: 0x1\n"
    "cpu MHz\t\t: 2000.000\nflags\t\t: fpu svm\n";

} // namespace

TEST_CASE("what a machine with KVM sees of the host changes with its processor, not with its load") {
    const std::string one = kOne;
    const auto with = [&](const std::string& from, const std::string& to) {
        auto text = one;
        return hostWith(text.replace(text.find(from), from.size(), to));
    };
    const auto host = hostWith(one);
    CHECK(host.find("fpu svm") != std::string::npos);
    CHECK(with("2000", "3100") == host);
    CHECK(with("EPYC", "Ryzen") != host);
    CHECK(with("0x1", "0x2") != host);
    CHECK(with("fpu svm", "fpu svm avx512f") != host);
}

TEST_CASE("only the first of the host's processors is looked at") {
    const std::string one = kOne;
    CHECK(hostWith(one + "\nprocessor\t: 1\nflags\t\t: another\n") == hostWith(one));
}

TEST_CASE("without /proc/cpuinfo the host is its kernel") {
    CHECK(vm::kvmHost("/nonexistent") == hostWith(""));
    CHECK_FALSE(vm::kvmHost("/nonexistent").empty());
}
