// Every input that a fuzz target has kept, once more; so what it found once stays found, in builds without a fuzzer
// too.
#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

// tests/fuzz/CMakeLists.txt gives each target's LLVMFuzzerTestOneInput a name of its own here.
#define SILLOK_FUZZ_TARGET(name) extern "C" int fuzz_##name(const std::uint8_t* data, std::size_t size);
SILLOK_FUZZ_TARGETS
#undef SILLOK_FUZZ_TARGET

namespace sillok {
namespace {

using Target = int (*)(const std::uint8_t* data, std::size_t size);

void replay(std::string_view name, Target target) {
    std::size_t inputs = 0;
    for (const auto& entry : std::filesystem::directory_iterator{std::filesystem::path{SILLOK_FUZZ_CORPUS} / name}) {
        CAPTURE(entry.path().string());
        std::ifstream file{entry.path(), std::ios::binary};
        const std::string input{std::istreambuf_iterator<char>{file}, {}};
        CHECK(target(reinterpret_cast<const std::uint8_t*>(input.data()), input.size()) == 0);
        ++inputs;
    }
    CAPTURE(name);
    CHECK(inputs > 0);
}

}  // namespace

TEST_CASE("every input of the fuzz targets' corpora is read or refused") {
#define SILLOK_FUZZ_TARGET(name) replay(#name, fuzz_##name);
    SILLOK_FUZZ_TARGETS
#undef SILLOK_FUZZ_TARGET
}

}  // namespace sillok
