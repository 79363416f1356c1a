// The items of a page as text, up to a limit of its size.
#pragma once

#include "api/http/json.hpp"

#include <cstddef>
#include <string>

namespace sillok::api {

constexpr std::size_t page_bytes_max = 1u << 20;

class PageItems {
   public:
    // The first item is always taken. Returns false, and takes nothing, where the page would become too large.
    bool add(const Json& item) {
        const auto text = text_of(item);
        if (count_ > 0 && text_.size() + text.size() > page_bytes_max) return false;
        if (count_ > 0) text_ += ',';
        text_ += text;
        ++count_;
        return true;
    }

    [[nodiscard]] std::size_t count() const { return count_; }
    [[nodiscard]] const std::string& text() const { return text_; }  // with a comma between two

   private:
    std::string text_;
    std::size_t count_ = 0;
};

}  // namespace sillok::api
