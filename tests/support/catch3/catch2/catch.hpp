#pragma once

// The one header of Catch2 2, for Catch2 3: the tests are written for both, with the names of the older one.
#include <catch2/catch_approx.hpp>
#include <catch2/catch_message.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/catch_tostring.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_adapters.hpp>
#include <catch2/generators/catch_generators_range.hpp>
#include <catch2/matchers/catch_matchers.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <catch2/matchers/catch_matchers_vector.hpp>

#ifdef CATCH_CONFIG_EXTERNAL_INTERFACES
#include <catch2/catch_test_case_info.hpp>
#include <catch2/reporters/catch_reporter_event_listener.hpp>
#include <catch2/reporters/catch_reporter_registrars.hpp>

namespace Catch {
using TestEventListenerBase = EventListenerBase;
}
#endif

namespace Catch::Matchers {
/// Catch2 3's own Contains, for elements of a range, is in a header that is not included here.
inline auto Contains(const std::string& text, CaseSensitive sensitivity = CaseSensitive::Yes) {
    return ContainsSubstring(text, sensitivity);
}
} // namespace Catch::Matchers

namespace Catch {
using Matchers::Contains;
using Matchers::EndsWith;
using Matchers::Equals;
using Matchers::StartsWith;
} // namespace Catch
