// The fuzz target of what is written on a command line: image references, platforms, digests, sizes,
// durations. Any text must be refused with Error{Usage}, or be the same when it is written and read again.

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/digest.hh"
#include "base/units.hh"
#include "fuzz.hh"
#include "oci/platform.hh"
#include "oci/reference.hh"

using namespace rootlayer;
using namespace rootlayer::fuzz;
using oci::Platform;
using oci::Reference;
using oci::ReferenceKind;

namespace {

template <typename Work>
void usage(Work work) {
    const auto error = refusal(work);
    if (!error) return;
    require(error->code() == ErrorCode::Usage);
    require(fitsTerminal(error->what()) && fitsTerminal(error->hint()));
}

void tryReference(std::string_view text) {
    usage([&] {
        const auto reference = Reference::parse(text);
        require(reference.kind == ReferenceKind::Scratch || !reference.path.empty());
        require(reference.path.find('\0') == std::string::npos);
        const auto written = reference.str();
        require(written == text && Reference::parse(written) == reference);
    });
}

void tryPlatform(std::string_view text) {
    usage([&] {
        const auto platform = Platform::parse(text);
        require(Platform::parse(platform.str()) == platform && matches(platform, platform));
    });
}

void tryDigest(std::string_view text) {
    const auto error = refusal([&] { require(Digest::parse(text).str() == text); });
    require(!error || error->code() == ErrorCode::Image);
}

void tryUnits(std::string_view text) {
    usage([&] {
        const auto bytes = parseSize(text, "--size");
        require(bytes <= std::uint64_t{9'000'000'000'000'000'000});
        // A double has 53 bits.
        if (bytes < std::uint64_t{1} << 53U) require(parseSize(std::to_string(bytes), "--size") == bytes);
        require(!humanSize(bytes).empty());
    });
    usage([&] {
        const auto time = parseDuration(text, "--time");
        require(time.count() >= 0 && time.count() <= 1'000'000'000'000'000);
        require(parseDuration(std::to_string(time.count()) + "ms", "--time") == time);
        require(!humanDuration(time).empty());
    });
    usage([&] {
        const auto number = parseInteger(text, "--number", -5, 1000);
        require(number >= -5 && number <= 1000);
        require(parseInteger(std::to_string(number), "--number", -5, 1000) == number);
    });
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // A copy of its own, for the address sanitizer to see a read beyond its end.
    const std::string words(text(data, size));
    tryReference(words);
    tryPlatform(words);
    tryDigest(words);
    tryUnits(words);
    return 0;
}
