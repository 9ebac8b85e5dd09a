// The listener's interface.
#define CATCH_CONFIG_EXTERNAL_INTERFACES
#include "tests/proofs/inputs.hh"

#include <algorithm>
#include <cstdint>
#include <iostream>

namespace rootlayer::proofs {

std::uint64_t& inputs() {
    static std::uint64_t count = 0;
    return count;
}

std::string join(const std::vector<std::string>& words, std::string_view separator) {
    std::string text;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (i > 0) text += separator;
        text += words[i];
    }
    return text;
}

std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> words(1);
    for (const char c : text) {
        if (c == separator) {
            words.emplace_back();
        } else {
            words.back() += c;
        }
    }
    return words;
}

std::string decimal(__int128 number) {
    const bool negative = number < 0;
    std::string digits;
    do {
        const auto digit = static_cast<int>(number % 10);
        digits += static_cast<char>('0' + (negative ? -digit : digit));
        number /= 10;
    } while (number != 0);
    if (negative) digits += '-';
    std::reverse(digits.begin(), digits.end());
    return digits;
}

std::vector<std::uint64_t> borders64() {
    std::vector<std::uint64_t> numbers{0, UINT64_MAX};
    for (unsigned bit = 0; bit < 64; ++bit) {
        const auto power = std::uint64_t{1} << bit;
        numbers.insert(numbers.end(), {power - 1, power, power + 1});
    }
    std::sort(numbers.begin(), numbers.end());
    numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
    return numbers;
}

namespace {

/// Prints what was proved and over how much.
class Summary final : public Catch::TestEventListenerBase {
  public:
    using Catch::TestEventListenerBase::TestEventListenerBase;
    void testCaseStarting(const Catch::TestCaseInfo& test) override {
        inputs() = 0;
        m_name = test.name;
    }
    void testCaseEnded(const Catch::TestCaseStats& /*stats*/) override {
        ++m_proofs;
        m_sum += inputs();
        std::cout << inputs() << " inputs: " << m_name << '\n';
    }
    void testRunEnded(const Catch::TestRunStats& /*stats*/) override {
        std::cout << m_proofs << " proofs, " << m_sum << " inputs\n";
    }

  private:
    std::string m_name;
    std::uint64_t m_proofs = 0;
    std::uint64_t m_sum = 0;
};

CATCH_REGISTER_LISTENER(Summary)

} // namespace
} // namespace rootlayer::proofs
