#include "tests/style/source_code.hpp"

#include <algorithm>
#include <cctype>
#include <regex>

namespace style {

namespace {

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// Blanks `code` from `begin` to `end`, but not its line ends. Returns `end`.
std::size_t blank(std::string& code, std::size_t begin, std::size_t end) {
    end = std::min(end, code.size());
    for (auto at = begin; at < end; ++at)
        if (code[at] != '\n') code[at] = ' ';
    return end;
}

// The first place behind a literal that begins with a quote at `begin`.
std::size_t end_of_quoted(std::string_view code, std::size_t begin) {
    const char quote = code[begin];
    for (auto at = begin + 1; at < code.size(); ++at) {
        if (code[at] == '\\')
            ++at;
        else if (code[at] == quote)
            return at + 1;
    }
    return code.size();
}

std::size_t end_of_raw(std::string_view code, std::size_t quote) {
    const auto open = code.find('(', quote);
    if (open == std::string_view::npos) return code.size();
    const auto close = ")" + std::string{code.substr(quote + 1, open - quote - 1)} + "\"";
    const auto end = code.find(close, open);
    return end == std::string_view::npos ? code.size() : end + close.size();
}

// Without attributes, macros of lock annotations, template arguments and the like: what is left shows its shape.
std::string shape_of(std::string head) {
    static const std::regex noise{
        R"(\[\[[^\]]*\]\]|SILLOK_\w+\([^()]*\)|\b(alignas|decltype|noexcept|explicit)\([^()]*\))"};
    head = std::regex_replace(head, noise, "");
    std::string shape;
    int depth = 0;
    for (std::size_t at = 0; at < head.size(); ++at) {
        const bool is_operator = shape.ends_with("operator") || shape.ends_with("operator<");
        if (head[at] == '<' && !is_operator)
            ++depth;
        else if (head[at] == '>' && depth > 0 && head[at - 1] != '-')
            --depth;
        else if (depth == 0)
            shape += head[at];
    }
    static const std::regex templates{R"(\b(template|requires)\b\s*)"};
    shape = std::regex_replace(shape, templates, "");
    static const std::regex access{R"(\b(public|private|protected)\s*:)"};
    shape = std::regex_replace(shape, access, "");
    const auto first = shape.find_first_not_of(" \n\t");
    return first == std::string::npos ? std::string{} : shape.substr(first);
}

bool begins_with_word(std::string_view shape, std::string_view word) {
    return shape.starts_with(word) && (shape.size() == word.size() || !is_word(shape[word.size()]));
}

// The name before the first parenthesis; empty where the declaration is not a function's.
std::string function_name(const std::string& shape) {
    for (const auto* word : {"using", "friend", "static_assert", "typedef", "class", "struct", "enum", "union"})
        if (begins_with_word(shape, word)) return {};
    if (shape.find("operator") != std::string::npos) return {};
    const auto open = shape.find('(');
    if (open == std::string::npos || shape.find('=') < open) return {};
    auto end = open;
    while (end > 0 && shape[end - 1] == ' ') --end;
    auto begin = end;
    while (begin > 0 && (is_word(shape[begin - 1]) || shape[begin - 1] == '~')) --begin;
    return shape.substr(begin, end - begin);
}

std::string class_name(const std::string& shape) {
    static const std::regex pattern{R"(^(class|struct|union)\s+((\w|::)+))"};
    std::smatch match;
    return std::regex_search(shape, match, pattern) ? match[2].str() : std::string{};
}

// Goes through the code brace by brace.
class Walk {
   public:
    explicit Walk(std::string_view code) : code_(code) {}

    Outline take() {
        for (at_ = 0; at_ < code_.size(); ++at_) {
            const char c = code_[at_];
            if (c == '\n') ++line_;
            if (c == '{')
                open();
            else if (c == '}')
                close();
            else if (c == ';' && !inside_body())
                end_declaration();
            else if (!inside_body())
                add_to_head(c);
        }
        return std::move(outline_);
    }

   private:
    enum class Scope { outer, type, body, value };
    struct Open {
        Scope scope;
        std::size_t line;       // where its head begins
        std::size_t index = 0;  // of the class or function in the outline
    };

    [[nodiscard]] bool inside_body() const {
        return !open_.empty() && (open_.back().scope == Scope::body || open_.back().scope == Scope::value);
    }

    void add_to_head(char c) {
        if (head_.empty() && std::isspace(static_cast<unsigned char>(c)) != 0) return;
        if (head_.empty()) head_line_ = line_;
        head_ += c == '\n' ? ' ' : c;
    }

    void open() {
        if (inside_body() || (at_ > 0 && (is_word(code_[at_ - 1]) || code_[at_ - 1] == '>'))) {
            open_.push_back({Scope::value, line_});
            return;
        }
        const auto shape = shape_of(head_);
        if (begins_with_word(shape, "namespace") || begins_with_word(shape, "extern")) {
            open_.push_back({Scope::outer, head_line_});
        } else if (const auto name = class_name(shape); !name.empty()) {
            open_.push_back({Scope::type, head_line_, outline_.classes.size()});
            outline_.classes.push_back({name, head_line_, {}});
        } else if (shape.find('(') != std::string::npos && shape.find('=') > shape.find('(')) {
            note_member(shape);
            open_.push_back({Scope::body, head_line_, outline_.functions.size()});
            outline_.functions.push_back({head_, head_line_, 0});
        } else {
            open_.push_back({Scope::value, line_});
            return;
        }
        head_.clear();
    }

    void close() {
        if (open_.empty()) return;
        const auto closed = open_.back();
        open_.pop_back();
        if (closed.scope == Scope::body) outline_.functions[closed.index].lines = line_ - closed.line + 1;
        if (closed.scope != Scope::value) head_.clear();
    }

    void end_declaration() {
        note_member(shape_of(head_));
        head_.clear();
    }

    void note_member(const std::string& shape) {
        if (open_.empty() || open_.back().scope != Scope::type) return;
        auto& owner = outline_.classes[open_.back().index];
        const auto name = function_name(shape);
        const auto own_name = owner.name.substr(owner.name.rfind(':') + 1);  // npos + 1 is 0
        if (!name.empty() && name != own_name && !name.starts_with('~')) owner.functions.insert(name);
    }

    std::string_view code_;
    std::size_t at_ = 0;
    std::size_t line_ = 1;
    std::string head_;
    std::size_t head_line_ = 1;
    std::vector<Open> open_;
    Outline outline_;
};

}  // namespace

std::string without_literals(std::string_view code) {
    std::string text{code};
    for (std::size_t at = 0; at < text.size();) {
        const auto rest = std::string_view{text}.substr(at);
        const bool line_begins = at == 0 || text[at - 1] == '\n';
        if (rest.starts_with("//") || (line_begins && rest.starts_with("#"))) {
            auto end = text.find('\n', at);
            while (end != std::string::npos && text[end - 1] == '\\') end = text.find('\n', end + 1);
            at = blank(text, at, end);
        } else if (rest.starts_with("/*")) {
            const auto end = text.find("*/", at);
            at = blank(text, at, end == std::string::npos ? end : end + 2);
        } else if (rest.starts_with("R\"") && (at == 0 || !is_word(text[at - 1]))) {
            at = blank(text, at, end_of_raw(text, at + 1));
        } else if (rest.front() == '"' || (rest.front() == '\'' && (at == 0 || !is_word(text[at - 1])))) {
            at = blank(text, at, end_of_quoted(text, at));
        } else {
            ++at;
        }
    }
    return text;
}

Outline outline(std::string_view code) {
    const auto text = without_literals(code);
    return Walk{text}.take();
}

}  // namespace style
