#include "sagas/engine/saga_checkpoint.hpp"

#include "tests/temporary_directory.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <string>

namespace sillok::saga {
namespace {

PendingWork some() {
    PendingWork outstanding;
    outstanding.position = Position{42};
    outstanding.chain_hash[3] = 7;
    outstanding.unanswered["saga-fulfilment-o1"] = {Position{40}, Position{41}};
    outstanding.open.insert("saga-fulfilment-o2");
    outstanding.parked.insert("saga-cancellation-o3");
    outstanding.live = 3;
    return outstanding;
}

std::string read(const std::filesystem::path& file) {
    std::ifstream stream{file, std::ios::binary};
    return {std::istreambuf_iterator<char>{stream}, {}};
}
void write(const std::filesystem::path& file, const std::string& bytes) {
    std::ofstream{file, std::ios::binary | std::ios::trunc} << bytes;
}

TEST_CASE("a checkpoint is read as it was written, and the newer one replaces the older") {
    const TemporaryDirectory directory;
    Checkpoint checkpoint{directory.path() / "sagas"};
    CHECK_FALSE(checkpoint.load());
    REQUIRE(checkpoint.save(some()));
    CHECK(checkpoint.load() == some());
    auto later = some();
    later.position = Position{43};
    REQUIRE(checkpoint.save(later));
    CHECK(Checkpoint{directory.path() / "sagas"}.load() == later);
}

TEST_CASE("a checkpoint with any byte changed, or cut off anywhere, is no checkpoint") {
    const TemporaryDirectory directory;
    Checkpoint checkpoint{directory.path()};
    REQUIRE(checkpoint.save(some()));
    const auto file = directory.path() / "checkpoint";
    const auto whole = read(file);
    for (std::size_t i = 0; i < whole.size(); ++i) {
        auto damaged = whole;
        damaged[i] = static_cast<char>(damaged[i] ^ 1);
        write(file, damaged);
        CHECK_FALSE(checkpoint.load());
        write(file, whole.substr(0, i));
        CHECK_FALSE(checkpoint.load());
    }
    write(file, whole);
    CHECK(checkpoint.load() == some());
}

TEST_CASE("a directory that takes no file leaves the old checkpoint in its place") {
    const TemporaryDirectory directory;
    Checkpoint checkpoint{directory.path()};
    REQUIRE(checkpoint.save(some()));
    std::filesystem::create_directory(directory.path() / "checkpoint.new");
    CHECK_FALSE(checkpoint.save(PendingWork{}));
    CHECK(checkpoint.load() == some());
}

}  // namespace
}  // namespace sillok::saga
