#include "tests/http/hostile_case.hpp"

#include "eventstore/base/parse_number.hpp"

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <stdexcept>

namespace sillok::test {
namespace {

// The bytes of one text. Repetitions may be nested.
class Expansion {
   public:
    explicit Expansion(std::string_view text) : rest_(text) {}

    // Up to the end of the text, or of the repetition.
    std::string expand(bool in_repetition) {
        std::string bytes;
        while (!rest_.empty()) {
            if (in_repetition && repeats_here()) return bytes;
            const char c = take();
            if (c == '\\')
                bytes += escape();
            else if (c == '\n')
                bytes += "\r\n";
            else
                bytes += c;
        }
        if (in_repetition) throw std::runtime_error("a repetition has no end");
        return bytes;
    }

   private:
    char take() {
        const char c = rest_.front();
        rest_.remove_prefix(1);
        return c;
    }

    std::string escape() {
        if (rest_.empty()) throw std::runtime_error("a backslash ends the file");
        switch (const char c = take()) {
            case '\n': return {};
            case 'r': return "\r";
            case 'n': return "\n";
            case 't': return "\t";
            case '0': return std::string(1, '\0');
            case '\\': return "\\";
            case 'x': return hexadecimal();
            case '{': return repetition();
            default: throw std::runtime_error(std::string{"unknown escape: "} + c);
        }
    }

    std::string hexadecimal() {
        const auto byte = parse_number<std::uint8_t>(rest_.substr(0, 2), 16);
        if (!byte) throw std::runtime_error("\\x needs two hexadecimal digits");
        rest_.remove_prefix(2);
        return std::string(1, static_cast<char>(*byte));
    }

    std::string repetition() {
        const auto once = expand(true);
        rest_.remove_prefix(1);
        const auto end = rest_.find('}');
        const auto count = parse_number<std::size_t>(rest_.substr(0, end));
        rest_.remove_prefix(end + 1);
        std::string bytes;
        for (std::size_t i = 0; i < *count; ++i) bytes += once;
        return bytes;
    }

    // Whether "*N}" is next.
    [[nodiscard]] bool repeats_here() const {
        if (rest_.front() != '*') return false;
        const auto digits = rest_.substr(1, rest_.find('}') - 1);
        return parse_number<std::size_t>(digits).has_value();
    }

    std::string_view rest_;
};

// The value of a field in a response's head; names are as Sillok writes them.
std::optional<std::string_view> field(std::string_view head, std::string_view name) {
    const auto at = head.find("\r\n" + std::string{name} + ": ");
    if (at == std::string_view::npos) return std::nullopt;
    const auto value = head.substr(at + name.size() + 4);
    return value.substr(0, value.find("\r\n"));
}

}  // namespace

HostileCase read_hostile_case(const std::filesystem::path& file) {
    std::ifstream stream{file, std::ios::binary};
    const std::string content{std::istreambuf_iterator<char>{stream}, {}};
    constexpr std::string_view before = "\nexpect: ";
    constexpr std::string_view after = "\n---\n";
    const auto expect = content.find(before);
    const auto text = content.find(after);
    if (!content.starts_with("# ") || expect == std::string::npos || text == std::string::npos)
        throw std::runtime_error(file.string() + ": is no case");

    HostileCase result{.name = file.stem().string(), .statuses = {}, .code = {}, .text = content.substr(text + 5)};
    std::istringstream words{content.substr(expect + before.size(), text - expect - before.size())};
    std::string last;
    for (std::string word; words >> word; last = word) {
        if (const auto status = parse_number<unsigned>(word)) {
            result.statuses.push_back(*status);
        } else if (word != "close" && word != "open") {
            result.code = word;
        }
    }
    if (result.statuses.empty() || (last != "close" && last != "open"))
        throw std::runtime_error(file.string() + ": expects nothing");
    result.closes = last == "close";
    return result;
}

std::string bytes_of(std::string_view text) { return Expansion{text}.expand(false); }

std::vector<HostileResponse> responses_in(std::string_view received) {
    std::vector<HostileResponse> responses;
    while (!received.empty()) {
        const auto end = received.find("\r\n\r\n");
        if (!received.starts_with("HTTP/1.") || end == std::string_view::npos)
            throw std::runtime_error("no HTTP response: " + std::string{received.substr(0, 100)});
        HostileResponse response{.status = parse_number<unsigned>(received.substr(9, 3)).value_or(0),
                                 .head = std::string{received.substr(0, end + 2)},
                                 .body = {}};
        received.remove_prefix(end + 4);
        const auto length = parse_number<std::size_t>(field(response.head, "Content-Length").value_or("0")).value_or(0);
        const bool has_body = response.status >= 200 && response.status != 204 && response.status != 304;
        if (has_body) {
            response.body = received.substr(0, length);
            received.remove_prefix(response.body.size());
        }
        responses.push_back(std::move(response));
    }
    return responses;
}

}  // namespace sillok::test
