#include "tests/projections/projection_fixture.hpp"

#include <fstream>
#include <map>

using namespace sillok;
using namespace sillok::testing;

namespace fs = std::filesystem;

namespace {

using Mode = ReadModels::Mode;

std::map<std::string, std::string> files_in(const fs::path& directory) {
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator(directory)) {
        std::ifstream file{entry.path(), std::ios::binary};
        files[entry.path().string()] = {std::istreambuf_iterator<char>{file}, {}};
    }
    return files;
}

std::string refusal(const fs::path& directory, Log& log, Mode mode = Mode::create) {
    const auto models = ReadModels::open(directory, log.store(), mode);
    REQUIRE_FALSE(models);
    return models.error();
}

bool says(const std::string& sentence, std::string_view part) {
    INFO(sentence);
    CHECK(sentence.find('\n') == std::string::npos);
    return sentence.find(part) != std::string::npos;
}

// Read models of a few events, closed.
void prepare(const fs::path& directory, Log& log) {
    RandomHistory{3}.append_to(log, 100);
    open(directory, log)->catch_up();
}

}  // namespace

TEST_CASE("a directory that is missing, in use, newer, foreign or damaged is refused in one sentence and not touched") {
    ViewsDirectory directory;
    const auto views = directory.path() / "views";
    Log log;

    CHECK(says(refusal(views, log, Mode::existing), "does not exist"));
    CHECK(says(refusal(views, log, Mode::read_only), "does not exist"));
    CHECK_FALSE(fs::exists(views));

    prepare(views, log);
    SUBCASE("in use") {
        const auto models = open(views, log);
        const auto before = files_in(views);
        CHECK(says(refusal(views, log), "in use by another process"));
        CHECK(files_in(views) == before);
    }
    SUBCASE("newer") {
        std::ofstream{views / "FORMAT"} << "sillok-views 2\n";
        const auto before = files_in(views);
        CHECK(says(refusal(views, log), "newer"));
        CHECK(files_in(views) == before);
    }
    SUBCASE("foreign") {
        ViewsDirectory foreign;
        std::ofstream{foreign.path() / "holiday.jpg"} << "sun";
        CHECK(says(refusal(foreign.path(), log), "is not a directory of read models"));
        CHECK(files_in(foreign.path()).size() == 1);
        CHECK(says(refusal(foreign.path() / "holiday.jpg", log), "is not a directory"));
    }
    SUBCASE("without its current manifest") {
        fs::remove(views / "CURRENT");
        std::ofstream{views / "CURRENT"} << "MANIFEST-999999\n";
        const auto before = files_in(views);
        CHECK(says(refusal(views, log), "delete it and it is built again from the log"));
        CHECK(files_in(views) == before);
    }
    SUBCASE("with a damaged manifest") {
        for (const auto& entry : fs::directory_iterator(views))
            if (entry.path().filename().string().starts_with("MANIFEST")) fs::resize_file(entry.path(), 100);
        const auto before = files_in(views);
        CHECK(says(refusal(views, log), "is damaged"));
        CHECK(files_in(views) == before);
    }
    SUBCASE("with a file cut short") {
        for (const auto& entry : fs::directory_iterator(views))
            if (entry.path().extension() == ".sst") fs::resize_file(entry.path(), fs::file_size(entry.path()) / 2);
        const auto before = files_in(views);
        CHECK(says(refusal(views, log), "is damaged"));
        CHECK(files_in(views) == before);
    }
}

TEST_CASE("reading only changes nothing on disk") {
    ViewsDirectory directory;
    Log log;
    prepare(directory.path(), log);
    const auto before = files_in(directory.path());
    {
        const auto models = open(directory.path(), log, Mode::read_only);
        CHECK(models->orders().position() == log.store().head());
        CHECK(models->check().empty());
        CHECK(models->orders().page(OrderHistory::all())->rows.size() > 0);
        CHECK_FALSE(models->orders().rebuild({}));
    }
    CHECK(files_in(directory.path()) == before);
}

TEST_CASE("views of another log are not trusted: they are built again from this one") {
    ViewsDirectory directory;
    Log theirs;
    RandomHistory{4}.append_to(theirs, 300);
    open(directory.path(), theirs)->catch_up();

    Log ours;
    SUBCASE("a log that is shorter") { ours.append("order-o1", placed("anna")); }
    SUBCASE("a log that is longer") { RandomHistory{5}.append_to(ours, 600); }
    SUBCASE("a log of nothing") {}
    {
        const auto models = open(directory.path(), ours, Mode::read_only);
        CHECK(models->check().size() >= 5);
    }
    const auto models = open(directory.path(), ours);
    CHECK(models->orders().position() == Position{0});
    CHECK_FALSE(models->orders().get("o-0"));
    models->catch_up();
    CHECK(models->check().empty());

    ViewsDirectory fresh;
    const auto expected = open(fresh.path(), ours);
    expected->catch_up();
    CHECK(contents(*models) == contents(*expected));
}

TEST_CASE("what a rebuild that was cut short left behind is cleared away") {
    ViewsDirectory directory;
    Log log;
    prepare(directory.path(), log);
    {
        const auto models = open(directory.path(), log);
        std::stop_source stop;
        RebuildOptions options;
        options.stop = stop.get_token();
        stop.request_stop();
        const auto report = models->orders().rebuild(options);
        REQUIRE_FALSE(report);
        CHECK(report.error() == "the rebuild of order_history was stopped");
        CHECK(models->check().empty());
    }
    CHECK(open(directory.path(), log)->check().empty());
}
