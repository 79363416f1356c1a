#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>
#include <spdlog/spdlog.h>

int main(int argc, char** argv) {
    // What goes wrong on purpose is logged, too; here only the tests speak.
    spdlog::set_level(spdlog::level::off);
    return doctest::Context(argc, argv).run();
}
