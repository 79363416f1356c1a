// The bytes of every type that lists its fields() (events, states, rows of read models): cereal's portable binary form,
// written to a string and read from the caller's memory, without a stream in between.
//
// Same value, same bytes: maps are written in the order of their keys.
// Bad bytes: too short, too long, or with a count of elements larger than the bytes. Reading them fails, and allocates
//            no more than the bytes can hold.
#pragma once

#include "aggregates/values.hpp"
#include "eventstore/base/strong.hpp"
#include "eventstore/base/uuid.hpp"

#include <cereal/cereal.hpp>
#include <cereal/types/array.hpp>
#include <cereal/types/common.hpp>
#include <cereal/types/optional.hpp>
#include <cereal/types/string.hpp>
#include <cereal/types/vector.hpp>

#include <algorithm>
#include <bit>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

namespace sillok {

template <class T>
concept HasFields = requires(T& value) { T::fields(value, [](const char*, auto&) {}); };

static_assert(std::endian::native == std::endian::little, "the stored form is little-endian");
constexpr char little_endian_mark = 1;  // the first byte of cereal's portable binary form

class BytesOut : public cereal::OutputArchive<BytesOut, cereal::AllowEmptyClassElision> {
   public:
    BytesOut() : OutputArchive(this) {
        bytes_.reserve(128);  // most events
        bytes_.push_back(little_endian_mark);
    }

    void write(const void* data, std::size_t count) { bytes_.append(static_cast<const char*>(data), count); }
    [[nodiscard]] std::string take() { return std::move(bytes_); }

   private:
    std::string bytes_;
};

// REQUIRES: the bytes outlive the archive.
class BytesIn : public cereal::InputArchive<BytesIn, cereal::AllowEmptyClassElision> {
   public:
    explicit BytesIn(std::string_view bytes) : InputArchive(this), rest_(bytes) {
        char mark = 0;
        read(&mark, 1);
        if (mark != little_endian_mark) throw cereal::Exception("not in the stored form");
    }

    void read(void* data, std::size_t count) {
        expect(count);
        std::memcpy(data, rest_.data(), count);
        rest_.remove_prefix(count);
    }
    // Every element takes at least a byte, so `count` elements need at least `count` bytes.
    void expect(std::uint64_t count) const {
        if (count > rest_.size()) throw cereal::Exception("fewer bytes than announced");
    }
    [[nodiscard]] bool at_end() const { return rest_.empty(); }

   private:
    std::string_view rest_;
};

template <class T>
std::string to_bytes(const T& value) {
    BytesOut archive;
    archive(value);
    return archive.take();
}

// Returns false when the bytes are not exactly one such value; the value is then unspecified.
template <class T>
bool from_bytes(std::string_view bytes, T& value) {
    try {
        BytesIn archive{bytes};
        archive(value);
        return archive.at_end();
    } catch (const cereal::Exception&) {  // cereal reports damage this way
        return false;
    }
}

}  // namespace sillok

// cereal finds these through its archives: the types' own namespaces stay free of it.
namespace cereal {

// The parts of the portable binary form.

template <class Number>
    requires std::is_arithmetic_v<Number>
void CEREAL_SAVE_FUNCTION_NAME(sillok::BytesOut& archive, const Number& number) {
    archive.write(&number, sizeof number);
}
template <class Number>
    requires std::is_arithmetic_v<Number>
void CEREAL_LOAD_FUNCTION_NAME(sillok::BytesIn& archive, Number& number) {
    archive.read(&number, sizeof number);
}
inline void CEREAL_LOAD_FUNCTION_NAME(sillok::BytesIn& archive, bool& truth) {
    std::uint8_t byte = 0;
    archive.read(&byte, 1);
    if (byte > 1) throw Exception("neither true nor false");
    truth = byte == 1;
}

template <class Size>
void CEREAL_SAVE_FUNCTION_NAME(sillok::BytesOut& archive, const SizeTag<Size>& tag) {
    archive(tag.size);
}
template <class Size>
void CEREAL_LOAD_FUNCTION_NAME(sillok::BytesIn& archive, SizeTag<Size>& tag) {
    archive(tag.size);
    archive.expect(tag.size);
}

template <class Data>
void CEREAL_SAVE_FUNCTION_NAME(sillok::BytesOut& archive, const BinaryData<Data>& binary) {
    archive.write(binary.data, static_cast<std::size_t>(binary.size));
}
template <class Data>
void CEREAL_LOAD_FUNCTION_NAME(sillok::BytesIn& archive, BinaryData<Data>& binary) {
    archive.read(binary.data, static_cast<std::size_t>(binary.size));
}

template <class Archive, class T>
    requires std::same_as<Archive, sillok::BytesOut> || std::same_as<Archive, sillok::BytesIn>
void CEREAL_SERIALIZE_FUNCTION_NAME(Archive& archive, NameValuePair<T>& named) {
    archive(named.value);  // a binary form has no names
}

// Containers for which cereal's own functions would allocate more than the bytes can hold, or keep no order.

template <class T, class Allocator>
    requires(!std::is_arithmetic_v<T>)
void CEREAL_LOAD_FUNCTION_NAME(sillok::BytesIn& archive, std::vector<T, Allocator>& vector) {
    size_type size = 0;
    archive(make_size_tag(size));
    vector.clear();
    while (size-- > 0) archive(vector.emplace_back());
}

// Entries are stored in the order of their keys.
template <class Map>
void load_entries(sillok::BytesIn& archive, Map& map) {
    size_type size = 0;
    archive(make_size_tag(size));
    map.clear();
    while (size-- > 0) {
        typename Map::key_type key;
        typename Map::mapped_type value;
        archive(key, value);
        map.insert_or_assign(map.end(), std::move(key), std::move(value));
    }
}

template <class Key, class T, class... Rest>
void CEREAL_SAVE_FUNCTION_NAME(sillok::BytesOut& archive, const std::unordered_map<Key, T, Rest...>& map) {
    std::vector<const std::pair<const Key, T>*> in_order;
    in_order.reserve(map.size());
    for (const auto& entry : map) in_order.push_back(&entry);
    std::ranges::sort(in_order, {}, [](const auto* entry) -> const Key& { return entry->first; });
    archive(make_size_tag(static_cast<size_type>(in_order.size())));
    for (const auto* entry : in_order) archive(entry->first, entry->second);
}
template <class Key, class T, class... Rest>
void CEREAL_LOAD_FUNCTION_NAME(sillok::BytesIn& archive, std::unordered_map<Key, T, Rest...>& map) {
    load_entries(archive, map);
}

template <class Key, class T, class... Rest>
void CEREAL_SAVE_FUNCTION_NAME(sillok::BytesOut& archive, const std::map<Key, T, Rest...>& map) {
    archive(make_size_tag(static_cast<size_type>(map.size())));
    for (const auto& [key, value] : map) archive(key, value);
}
template <class Key, class T, class... Rest>
void CEREAL_LOAD_FUNCTION_NAME(sillok::BytesIn& archive, std::map<Key, T, Rest...>& map) {
    load_entries(archive, map);
}

// The project's values.

template <class Archive, sillok::HasFields T>
void CEREAL_SERIALIZE_FUNCTION_NAME(Archive& archive, T& value) {
    T::fields(value, [&archive](const char*, auto& field) { archive(field); });
}
template <class Archive, class Tag>
void CEREAL_SERIALIZE_FUNCTION_NAME(Archive& archive, sillok::Id<Tag>& id) {
    archive(id.value);
}
template <class Archive, class Tag, class Number>
void CEREAL_SERIALIZE_FUNCTION_NAME(Archive& archive, sillok::Strong<Tag, Number>& strong) {
    archive(strong.value);
}
template <class Archive>
void CEREAL_SERIALIZE_FUNCTION_NAME(Archive& archive, sillok::Quantity& quantity) {
    archive(quantity.value);
}
template <class Archive>
void CEREAL_SERIALIZE_FUNCTION_NAME(Archive& archive, sillok::Currency& currency) {
    archive(currency.letters);
}
template <class Archive>
void CEREAL_SERIALIZE_FUNCTION_NAME(Archive& archive, sillok::Uuid& uuid) {
    archive(uuid.bytes);
}

}  // namespace cereal

CEREAL_SETUP_ARCHIVE_TRAITS(sillok::BytesIn, sillok::BytesOut)
