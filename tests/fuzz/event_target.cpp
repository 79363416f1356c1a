// Any payload as any event, of any schema version, parcels with their upcasters among them: refused, or an event; and
// what is of the newest version is written as the same bytes again. Its JSON can be written as text.
//
// The input: one byte for the event's type, one for its schema version, then the payload.
#include "aggregates/codec/event_codec.hpp"
#include "aggregates/codec/event_json.hpp"
#include "tests/aggregates/parcel.hpp"
#include "tests/aggregates/samples.hpp"
#include "tests/fuzz/must.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

namespace sillok {
namespace {

template <class Family>
bool read_as(const Recorded& event) {
    if (!is_event_of<Family>(event.type)) return false;
    const auto decoded = decode<Family>(event);
    if (!decoded) {
        must(!decoded.error().what.empty());
        return true;
    }
    const auto encoded = encode(*decoded);
    must(encoded.type == event.type && encoded.schema_version >= event.schema_version);
    if (encoded.schema_version == event.schema_version) must(encoded.payload == event.payload);
    const auto again = decode<Family>(encoded.type, encoded.schema_version, encoded.payload);
    must(again && *again == *decoded);
    return true;
}

std::vector<std::string> all_types() {
    std::vector<std::string> types;
    samples::each([&types](const auto& event) {
        std::visit([&types]<class E>(const E&) { types.emplace_back(E::name.type); }, event);
    });
    types.emplace_back("parcel.sent");
    types.emplace_back("parcel.arrived");
    types.emplace_back("nobody.knows");
    return types;
}

}  // namespace
}  // namespace sillok

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace sillok;
    static const auto types = all_types();
    if (size < 2) return 0;
    Recorded event;
    event.stream = "fuzz-1";
    event.type = types[data[0] % types.size()];
    event.schema_version = data[1];
    event.payload = {reinterpret_cast<const char*>(data) + 2, size - 2};

    const bool known = read_as<product::Product::Event>(event) || read_as<stock::Stock::Event>(event) ||
                       read_as<order::Order::Event>(event) || read_as<payment::Payment::Event>(event) ||
                       read_as<delivery::Delivery::Event>(event) || read_as<customer::Customer::Event>(event) ||
                       read_as<saga::Event>(event) || read_as<parcel::Parcel::Event>(event);
    must(known == (event.type != "nobody.knows"));
    (void)event_json(event).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    return 0;
}
