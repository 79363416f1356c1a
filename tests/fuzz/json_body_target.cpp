// Any bytes as the body of a request: a problem, or a value that is written and read as the same again.
#include "api/http/json_body.hpp"
#include "tests/fuzz/must.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace sillok;
    const auto parsed = api::parse_json({reinterpret_cast<const char*>(data), size});
    if (!parsed) return 0;
    const auto text = parsed->value.dump();  // throws when a string is not UTF-8
    const auto again = api::parse_json(text);
    must(again && again->value == parsed->value && again->repeated.empty());
    return 0;
}
