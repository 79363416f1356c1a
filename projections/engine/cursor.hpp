// The end of a page, as text for a URL. Opaque to clients and checked when it comes back: a cursor works only for the
// selection that it was made for.
#pragma once

#include "projections/engine/index.hpp"

#include <expected>
#include <string>
#include <string_view>

namespace sillok {

// `entry` is the last entry of the page: the part of its key after the partition (read_model_keys.hpp).
std::string make_cursor(std::string_view model, const Selection& selection, std::string_view entry);
std::expected<std::string, CursorInvalid> read_cursor(std::string_view model, const Selection& selection,
                                                      std::string_view cursor);

}  // namespace sillok
