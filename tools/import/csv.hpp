// Reads CSV (RFC 4180), one record at a time, from any std::streambuf; and opens a file, gzipped or not, as one.
//
// Form:   fields are separated by commas, records by line ends (CRLF or LF). A field in double quotes may hold commas,
//         line ends and doubled quotes. A byte order mark at the beginning is skipped.
// Errors: CsvError names the line.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <streambuf>
#include <string>
#include <vector>

namespace sillok {

class CsvError : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

class CsvReader {
   public:
    // REQUIRES: the input outlives the reader.
    explicit CsvReader(std::streambuf& input);

    // Reads the next record into `fields`, whose strings are reused. Returns false at the end.
    bool next(std::vector<std::string>& fields);

    // The line on which the last record began, counted from 1.
    [[nodiscard]] std::uint64_t line() const { return record_line_; }

   private:
    // What followed a field.
    enum class After { field, record, end };
    After read_field(std::string& field);
    After read_quoted(std::string& field);
    After ended_by(int c);  // a comma, a line end, or the end of the input

    std::streambuf& input_;
    std::uint64_t line_ = 1;
    std::uint64_t record_line_ = 0;
};

// "-" is standard input. Throws std::system_error when the file cannot be opened or read, CsvError when a gzipped file
// is damaged or cut short.
class MaybeGzipped : public std::streambuf {
   public:
    explicit MaybeGzipped(const std::filesystem::path& file);
    ~MaybeGzipped() override;
    MaybeGzipped(const MaybeGzipped&) = delete;
    MaybeGzipped& operator=(const MaybeGzipped&) = delete;

   protected:
    int_type underflow() override;

   private:
    struct File;
    std::unique_ptr<File> file_;
    std::vector<char> buffer_;
};

}  // namespace sillok
