#include "tools/import/csv.hpp"

#include "tests/temporary_directory.hpp"

#include <doctest/doctest.h>
#include <zlib.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace sillok {
namespace {

using Records = std::vector<std::vector<std::string>>;

Records read(std::streambuf& input) {
    CsvReader reader{input};
    Records records;
    std::vector<std::string> fields;
    while (reader.next(fields)) records.push_back(fields);
    return records;
}
Records read(const std::string& text) {
    std::stringbuf input{text};
    return read(input);
}

std::string refusal_of(const std::string& text) {
    try {
        read(text);
    } catch (const CsvError& error) {
        return error.what();
    }
    return "";
}

void write_gzipped(const std::filesystem::path& file, const std::string& text) {
    auto* handle = gzopen(file.c_str(), "wb");
    REQUIRE(handle);
    gzwrite(handle, text.data(), static_cast<unsigned>(text.size()));
    gzclose(handle);
}

}  // namespace

TEST_CASE("fields stand between commas, records between line ends of either kind") {
    CHECK(read("a,b,c\n1,2,3\n") == Records{{"a", "b", "c"}, {"1", "2", "3"}});
    CHECK(read("a,b\r\n1,2\r\n") == Records{{"a", "b"}, {"1", "2"}});
}

TEST_CASE("the last record needs no line end") {
    CHECK(read("a,b\n1,2") == Records{{"a", "b"}, {"1", "2"}});
    CHECK(read("a,b\n1,") == Records{{"a", "b"}, {"1", ""}});
}

TEST_CASE("empty fields stay, and so do the spaces around a field") {
    CHECK(read(",,\n") == Records{{"", "", ""}});
    CHECK(read(" a , b \n") == Records{{" a ", " b "}});
    CHECK(read("").empty());
}

TEST_CASE("a quoted field holds commas, line ends and doubled quotes") {
    CHECK(read("\"AIRLINE LOUNGE,METAL SIGN\",2\n") == Records{{"AIRLINE LOUNGE,METAL SIGN", "2"}});
    CHECK(read("\"RECORD FRAME 7\"\" SINGLE SIZE \",48\n") == Records{{"RECORD FRAME 7\" SINGLE SIZE ", "48"}});
    CHECK(read("\"two\nlines\",1\n") == Records{{"two\nlines", "1"}});
    CHECK(read("\"\",\"\"\n") == Records{{"", ""}});
    CHECK(read("\"\"\"\"\n") == Records{{"\""}});
}

TEST_CASE("a byte order mark at the beginning is no part of the first field") {
    CHECK(read("\xEF\xBB\xBF"
               "a,b\n") == Records{{"a", "b"}});
}

TEST_CASE("a record knows the line it began on") {
    std::stringbuf input{"a\n\"two\nlines\"\nc\n"};
    CsvReader reader{input};
    std::vector<std::string> fields;
    std::vector<std::uint64_t> lines;
    while (reader.next(fields)) lines.push_back(reader.line());
    CHECK(lines == std::vector<std::uint64_t>{1, 2, 4});
}

TEST_CASE("what is no CSV is refused, and the line named") {
    CHECK(refusal_of("a\nb \"c\" d\n") == "line 2: a quote inside a field that does not begin with one");
    CHECK(refusal_of("a\n\"b\nc") == "line 2: a quoted field that never ends");
    CHECK(refusal_of("\"a\"b\n") == "line 1: text after a closing quote");
    CHECK(refusal_of("a\rb\n") == "line 1: a carriage return alone");
}

TEST_CASE("a file is read whether it is gzipped or not") {
    const TemporaryDirectory directory;
    std::string text;
    for (int i = 0; i < 100'000; ++i) text += std::to_string(i) + ",\"x, y\"\n";
    {
        std::ofstream plain{directory.path() / "plain.csv"};
        plain << text;
    }
    write_gzipped(directory.path() / "packed.csv.gz", text);

    MaybeGzipped plain{directory.path() / "plain.csv"};
    MaybeGzipped packed{directory.path() / "packed.csv.gz"};
    const auto records = read(plain);
    CHECK(records.size() == 100'000);
    CHECK(records.back() == std::vector<std::string>{"99999", "x, y"});
    CHECK(read(packed) == records);
}

TEST_CASE("a gzipped file that was cut short is refused, not read as far as it goes") {
    const TemporaryDirectory directory;
    const auto file = directory.path() / "cut.csv.gz";
    std::string text;
    for (int i = 0; i < 200'000; ++i) text += std::to_string(i * 7919) + "\n";
    write_gzipped(file, text);
    std::filesystem::resize_file(file, std::filesystem::file_size(file) / 2);
    MaybeGzipped cut{file};
    CHECK_THROWS_AS(read(cut), CsvError);
}

TEST_CASE("a missing file is reported by its name") {
    CHECK_THROWS_WITH_AS(MaybeGzipped{"/nowhere/at-all.csv"},
                         "cannot open /nowhere/at-all.csv: No such file or directory", std::system_error);
}

}  // namespace sillok
