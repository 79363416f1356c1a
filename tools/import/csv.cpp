#include "tools/import/csv.hpp"

#include <unistd.h>
#include <zlib.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace sillok {
namespace {

constexpr int end_of_input = std::char_traits<char>::eof();

}  // namespace

CsvReader::CsvReader(std::streambuf& input) : input_(input) {
    // A byte order mark is EF BB BF. A lone EF is put back.
    constexpr char mark[] = "\xEF\xBB\xBF";
    if (input_.sgetc() != std::char_traits<char>::to_int_type(mark[0])) return;
    for (const char expected : {mark[0], mark[1], mark[2]})
        if (input_.sbumpc() != std::char_traits<char>::to_int_type(expected))
            throw CsvError("line 1: begins like a byte order mark, but is none");
}

bool CsvReader::next(std::vector<std::string>& fields) {
    if (input_.sgetc() == end_of_input) return false;
    record_line_ = line_;
    std::size_t count = 0;
    auto after = After::field;
    while (after == After::field) {
        if (count == fields.size()) fields.emplace_back();
        fields[count].clear();
        after = read_field(fields[count]);
        ++count;
    }
    fields.resize(count);
    return true;
}

CsvReader::After CsvReader::read_field(std::string& field) {
    if (input_.sgetc() == '"') {
        input_.sbumpc();
        return read_quoted(field);
    }
    for (;;) {
        const int c = input_.sbumpc();
        if (c == ',' || c == '\n' || c == '\r' || c == end_of_input) return ended_by(c);
        if (c == '"')
            throw CsvError("line " + std::to_string(line_) + ": a quote inside a field that does not begin with one");
        field.push_back(std::char_traits<char>::to_char_type(c));
    }
}

CsvReader::After CsvReader::read_quoted(std::string& field) {
    const auto begun_on = line_;
    for (;;) {
        const int c = input_.sbumpc();
        if (c == end_of_input) throw CsvError("line " + std::to_string(begun_on) + ": a quoted field that never ends");
        if (c != '"') {
            if (c == '\n') ++line_;
            field.push_back(std::char_traits<char>::to_char_type(c));
        } else if (input_.sgetc() == '"') {
            input_.sbumpc();
            field.push_back('"');
        } else {
            return ended_by(input_.sbumpc());
        }
    }
}

CsvReader::After CsvReader::ended_by(int c) {
    if (c == ',') return After::field;
    if (c == end_of_input) return After::end;
    if (c == '\r') {
        if (input_.sgetc() != '\n') throw CsvError("line " + std::to_string(line_) + ": a carriage return alone");
        c = input_.sbumpc();
    }
    if (c != '\n') throw CsvError("line " + std::to_string(line_) + ": text after a closing quote");
    ++line_;
    return After::record;
}

struct MaybeGzipped::File {
    std::string name;
    gzFile handle = nullptr;
};

MaybeGzipped::MaybeGzipped(const std::filesystem::path& file)
    : file_(std::make_unique<File>(File{.name = file == "-" ? "standard input" : file.string()})), buffer_(256 << 10) {
    errno = 0;
    // Reads a file that is not gzipped as it is.
    file_->handle = file == "-" ? gzdopen(dup(STDIN_FILENO), "rb") : gzopen(file.c_str(), "rb");
    if (!file_->handle)
        throw std::system_error(errno ? errno : ENOMEM, std::generic_category(), "cannot open " + file_->name);
    gzbuffer(file_->handle, 256 << 10);
}

MaybeGzipped::~MaybeGzipped() { gzclose(file_->handle); }

MaybeGzipped::int_type MaybeGzipped::underflow() {
    errno = 0;
    const int count = gzread(file_->handle, buffer_.data(), static_cast<unsigned>(buffer_.size()));
    int error = Z_OK;
    std::string what = gzerror(file_->handle, &error);
    if (what.starts_with(file_->name + ": ")) what.erase(0, file_->name.size() + 2);
    if (error == Z_ERRNO) throw std::system_error(errno, std::generic_category(), "cannot read " + file_->name);
    // A file that is cut short gives what it has first, and says so with it.
    if (count < 0 || error != Z_OK) throw CsvError("the gzipped file is damaged: " + what);
    if (count == 0) return traits_type::eof();
    setg(buffer_.data(), buffer_.data(), buffer_.data() + count);
    return traits_type::to_int_type(buffer_[0]);
}

}  // namespace sillok
