// The fuzz target of the JSON of images, with another parser as its oracle. Both must accept or refuse a
// document, and read the same from it, except for these, which are refused by ours alone:
//
//   * more bytes, levels or values than the limits allow
//   * a name that an object has twice, which readers understand differently
//   * a byte order mark, which RFC 8259 lets a parser ignore or refuse
//   * a NUL byte after the value, which the other takes for the end
//
// and for these, which are accepted by ours alone, because a number is kept as it was written:
//
//   * a number that no double holds, such as 1e999
//
// Half of a surrogate pair and bytes that are not UTF-8 are refused by both.

#include <charconv>
#include <cmath>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hh"
#include "fuzz.hh"

using namespace rootlayer;
using namespace rootlayer::fuzz;

namespace {

using Oracle = nlohmann::json;
using Kind = Json::Kind;

constexpr JsonLimits kLimits{.bytes = std::size_t{1} << 20, .depth = 20, .values = 5000};

/// What the oracle finds in a document, event by event; it builds nothing, so depth costs it nothing.
class OracleReading final : public nlohmann::json_sax<Oracle> {
  public:
    bool null() override { return value(); }
    bool boolean(bool) override { return value(); }
    bool number_integer(number_integer_t) override { return value(); }
    bool number_unsigned(number_unsigned_t) override { return value(); }
    bool number_float(number_float_t, const string_t&) override { return value(); }
    bool string(string_t&) override { return value(); }
    bool binary(binary_t&) override { return value(); }
    bool start_object(std::size_t) override { return begin(); }
    bool start_array(std::size_t) override { return begin(); }
    bool end_object() override { return end(); }
    bool end_array() override { return end(); }
    bool key(string_t& name) override {
        repeated = repeated || !m_names.back().insert(name).second;
        return true;
    }
    bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception& error) override {
        tooLarge = error.id == 406; // out_of_range: the number is beyond a double
        return false;
    }

    std::size_t depth = 0; ///< the largest
    std::size_t values = 0;
    bool repeated = false;
    bool tooLarge = false;

  private:
    bool value() {
        depth = std::max(depth, m_names.size() + 1);
        ++values;
        return true;
    }
    bool begin() {
        value();
        m_names.emplace_back();
        return true;
    }
    bool end() {
        m_names.pop_back();
        return true;
    }
    std::vector<std::set<std::string>> m_names;
};

void compare(const Json& ours, const Oracle& theirs);

void compareNumbers(std::string_view spelled, const Oracle& theirs) {
    double value = 0;
    const auto end = spelled.data() + spelled.size();
    require(std::from_chars(spelled.data(), end, value).ptr == end);
    require(theirs.is_number());
    // Rounding below the smallest double is from_chars' own: it leaves the value at 0.
    const auto other = theirs.get<double>();
    require(value == other || (value == 0 && std::fabs(other) < 1e-300));
}

void compareMembers(const Json& ours, const Oracle& theirs) {
    require(theirs.is_object() && theirs.size() == ours.members().size());
    for (const auto& member : ours.members()) {
        const auto found = theirs.find(member.name);
        require(found != theirs.end() && ours.find(member.name) == &member.value);
        compare(member.value, *found);
    }
}

void compare(const Json& ours, const Oracle& theirs) {
    switch (ours.kind()) {
    case Kind::Null:
        return require(theirs.is_null());
    case Kind::Boolean:
        return require(theirs.is_boolean() && (ours.text() == "true") == theirs.get<bool>());
    case Kind::Number:
        return compareNumbers(ours.text(), theirs);
    case Kind::String:
        return require(theirs.is_string() && ours.string() == theirs.get<std::string>());
    case Kind::Array:
        require(theirs.is_array() && theirs.size() == ours.items().size());
        for (std::size_t i = 0; i < ours.items().size(); ++i)
            compare(ours.items()[i], theirs[i]);
        return;
    case Kind::Object:
        return compareMembers(ours, theirs);
    }
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string bytes(text(data, size));
    Json document;
    const auto refused = refusal([&] { document = Json::parse(bytes, "the document", kLimits); });
    OracleReading reading;
    const bool accepted = Oracle::sax_parse(bytes, &reading);
    if (refused) {
        require(refused->code() == ErrorCode::Image);
        require(!accepted || size > kLimits.bytes || reading.depth > kLimits.depth ||
                reading.values > kLimits.values || reading.repeated || bytes.starts_with("\xef\xbb\xbf") ||
                bytes.find('\0') != std::string::npos);
        return 0;
    }
    // What is written has the same spelling, and stays as it is.
    const auto written = document.write();
    require(written.size() <= size && Json::parse(written, "the document", kLimits).write() == written);
    if (!accepted) {
        require(reading.tooLarge);
        return 0;
    }
    require(!reading.repeated);
    const auto theirs = Oracle::parse(bytes);
    compare(document, theirs);
    require(Oracle::parse(written) == theirs);
    return 0;
}
