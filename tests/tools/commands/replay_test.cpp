// `sillok replay` over read models that cannot be opened.
#include "tests/tools/log_directory.hpp"
#include "tests/tools/program.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>

namespace sillok {

TEST_CASE("replay --all makes read models that are too damaged to be opened from nothing; nothing else does") {
    const LogDirectory log;
    log.grow(10);
    const auto data = log.data.string();
    REQUIRE(run_program({"replay", "--all", data}).status == 0);
    const auto damaged = log.data / "views" / "CURRENT";
    std::filesystem::resize_file(damaged, 0);

    const auto dry = run_program({"replay", "--all", data, "--dry-run"});
    CHECK(dry.status == 1);
    CHECK(dry.err.contains("views is damaged ("));
    CHECK(run_program({"replay", "--projection", "order_history", data}).status == 1);
    CHECK(std::filesystem::file_size(damaged) == 0);

    const auto all = run_program({"replay", "--all", data});
    CHECK_MESSAGE(all.status == 0, all.err);
    CHECK(all.err.contains("delete it and it is built again from the log: --all does so\n"));
    CHECK(all.out.contains("order_history: 0 rows from 10 events in "));
    CHECK(run_program({"replay", "--all", data, "--dry-run"}).status == 0);
    CHECK(run_program({"verify", data}).status == 0);
}

}  // namespace sillok
