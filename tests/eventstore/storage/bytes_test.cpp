// Bytes on disk and texts outside: records, hashes, ids, times.
#include "eventstore/base/byte_order.hpp"
#include "eventstore/base/clock.hpp"
#include "eventstore/base/crc32c.hpp"
#include "eventstore/base/hash.hpp"
#include "eventstore/base/rfc3339.hpp"
#include "eventstore/base/two_generation_cache.hpp"
#include "eventstore/storage/record.hpp"
#include "eventstore/storage/table_checksum.hpp"
#include "eventstore/stream_name.hpp"

#include <doctest/doctest.h>

#include <array>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sillok {

namespace {

std::string sealed_record(Hash& chain) {
    Metadata metadata{.time = Timestamp{1'700'000'000'000},
                      .command_id = uuid_v7(1, 2, 3),
                      .correlation_id = uuid_v7(4, 5, 6),
                      .causation_id = uuid_v7(7, 8, 9),
                      .actor = "saga:fulfilment"};
    const NewEvent event{
        .type = "order.placed", .schema_version = 2, .payload = "payload", .tags = {}, .event_id = uuid_v7(10, 11, 12)};
    const std::array<std::string_view, 2> tags{"customer:c-1", "region:eu"};
    std::string bytes;
    const auto length = record::append_unsealed(bytes, {.position = Position{7},
                                                        .version = Version{3},
                                                        .event_id = event.event_id,
                                                        .metadata = metadata,
                                                        .stream = "order-17",
                                                        .event = event,
                                                        .tags = tags,
                                                        .commit_rest = 4});
    REQUIRE(length == bytes.size());
    Sha256 sha256;
    chain = record::chain_hash(chain, bytes, sha256);
    record::seal(bytes.data(), length, chain);
    return bytes;
}

}  // namespace

TEST_CASE("a record gives back what was put in") {
    Hash chain{};
    const auto bytes = sealed_record(chain);
    const auto event = record::read(Position{7}, bytes);
    REQUIRE(event);
    CHECK(event->version == Version{3});
    CHECK(event->stream == "order-17");
    CHECK(event->type == "order.placed");
    CHECK(event->schema_version == 2);
    CHECK(event->payload == "payload");
    CHECK(event->actor == "saga:fulfilment");
    CHECK(event->time == Timestamp{1'700'000'000'000});
    CHECK(event->command_id == uuid_v7(1, 2, 3));
    CHECK(event->correlation_id == uuid_v7(4, 5, 6));
    CHECK(event->causation_id == uuid_v7(7, 8, 9));
    CHECK(event->event_id == uuid_v7(10, 11, 12));
    CHECK(event->chain_hash == chain);
    CHECK(std::vector<std::string_view>(event->tags.begin(), event->tags.end()) ==
          std::vector<std::string_view>{"customer:c-1", "region:eu"});
    CHECK(event->tags.contains("region:eu"));
    CHECK_FALSE(event->tags.contains("region"));
    CHECK(event->commit_rest == 4);
    CHECK(event->id_was_chosen);
    CHECK(category_of(event->stream) == "order");
    CHECK(id_of(event->stream) == "17");
}

TEST_CASE("every changed, missing or added byte of a record is found") {
    Hash chain{};
    const auto bytes = sealed_record(chain);
    for (std::size_t i = 0; i < bytes.size(); ++i)
        for (const int flip : {0x01, 0x80, 0xff}) {
            auto changed = bytes;
            changed[i] = static_cast<char>(changed[i] ^ flip);
            CHECK_FALSE(record::read(Position{7}, changed));
        }
    for (std::size_t length = 0; length < bytes.size(); ++length)
        CHECK_FALSE(record::read(Position{7}, std::string_view{bytes}.substr(0, length)));
    CHECK_FALSE(record::read(Position{7}, bytes + '\0'));
    CHECK_FALSE(record::read(Position{8}, bytes));
}

TEST_CASE("the bytes of a record do not change from one build to the next") {
    Hash chain{};
    (void)sealed_record(chain);
    // A change here is a new record format: number it, and keep reading this one.
    CHECK(hex(chain) == "610c31c3047fc5feed13b9579b727ab712b07e12871fd228f9b32d041f721aaa");
}

TEST_CASE("checksums and hashes are the published ones") {
    CHECK(crc32c("123456789") == 0xe3069283);  // RFC 3720's check value
    CHECK(crc32c(std::string(32, '\0')) == 0x8a9136aa);
    CHECK(crc32c("") == 0);
    CHECK(crc32c("56789", crc32c("1234")) == crc32c("123456789"));
    Sha256 sha256;
    CHECK(hex(sha256({"a", "bc"})) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(hex(sha256({})) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST_CASE("a table's checksum is the one that RocksDB itself would keep, in pieces of any size") {
    const auto sum = [](rocksdb::FileChecksumGenFactory& factory, std::initializer_list<std::string_view> pieces) {
        const auto generator = factory.CreateFileChecksumGenerator({});
        for (const auto piece : pieces) generator->Update(piece.data(), piece.size());
        generator->Finalize();
        return std::pair{std::string{generator->Name()}, generator->GetChecksum()};
    };
    const auto ours = table_checksums();
    const auto theirs = rocksdb::GetFileChecksumGenCrc32cFactory();
    CHECK(std::string_view{ours->Name()} == theirs->Name());
    CHECK(sum(*ours, {"one table in", " three pieces", "!"}) == sum(*theirs, {"one table in three pieces!"}));
    CHECK(sum(*ours, {}) == sum(*theirs, {}));
    rocksdb::FileChecksumGenContext another;
    another.requested_checksum_func_name = "another";
    CHECK(ours->CreateFileChecksumGenerator(another) == nullptr);
}

TEST_CASE("ids are those of RFC 9562") {
    const auto dns = Uuid::parse("6ba7b810-9dad-11d1-80b4-00c04fd430c8");
    REQUIRE(dns);
    CHECK(uuid_v5(*dns, "www.example.com").text() == "2ed6657d-e927-568b-95e1-2665a8aea6a2");
    CHECK(uuid_v7(0x017F22E279B0, 0xCC3, 0x18C4DC0C0C07398F).text() == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
    const auto beside = Uuid::parse("017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
    REQUIRE(beside);
    CHECK(uuid_v8(*beside, *dns, "www.example.com").text() == "017f22e2-79b0-8afd-938a-375d0df1fbf6");
    CHECK(uuid_v8(*Uuid::parse("5c146b14-3c52-0000-0000-000000000000"), *dns, "www.example.com").text() ==
          "5c146b14-3c52-8afd-938a-375d0df1fbf6");
    CHECK_FALSE(Uuid::parse("6ba7b810-9dad-11d1-80b4-00c04fd430c"));
    CHECK_FALSE(Uuid::parse("6ba7b810x9dad-11d1-80b4-00c04fd430c8"));
    CHECK_FALSE(Uuid::parse("6ba7b810-9dad-11d1-80b4-00c04fd430cg"));
    CHECK(Uuid{}.is_nil());
    const SystemClock clock;
    CHECK(clock.new_id() != clock.new_id());
}

TEST_CASE("times are written and read as RFC 3339") {
    CHECK(rfc3339(Timestamp{0}) == "1970-01-01T00:00:00.000Z");
    CHECK(rfc3339(Timestamp{1'291'192'000'007}) == "2010-12-01T08:26:40.007Z");
    CHECK(parse_rfc3339("2010-12-01T08:26:40.007Z") == Timestamp{1'291'192'000'007});
    CHECK(parse_rfc3339("2010-12-01T10:26:40.0079+02:00") == Timestamp{1'291'192'000'007});
    CHECK(parse_rfc3339("2010-12-01T07:56:40-00:30") == Timestamp{1'291'192'000'000});
    for (const auto* text : {"", "2010-12-01", "2010-13-01T00:00:00Z", "2010-02-30T00:00:00Z", "2010-12-01T24:00:00Z",
                             "2010-12-01T00:00:00", "2010-12-01T00:00:00.Z", "2010-12-01T00:00:00Zx",
                             "+010-12-01T00:00:00Z", "2010-12-01T00:00:00+0:00"})
        CHECK_FALSE(parse_rfc3339(text));
}

TEST_CASE("keys sort as their numbers do") {
    char low[8];
    char high[8];
    put_big_endian(low, 255);
    put_big_endian(high, 256);
    CHECK(std::string_view{low, 8} < std::string_view{high, 8});
    CHECK(get_big_endian(high) == 256);
}

TEST_CASE("a bounded map forgets the oldest, but not what must be kept") {
    TwoGenerationCache<int, int, std::hash<int>, std::equal_to<int>> map{20};
    const auto must_keep = [](int value) { return value == 1'000; };
    map.put(-1, 1'000, must_keep);
    for (int i = 0; i < 500; ++i) map.put(i, i, must_keep);
    CHECK(map.find(-1));
    CHECK(map.find(499));
    CHECK_FALSE(map.find(0));
    map.put(499, 7, must_keep);
    CHECK(*map.find(499) == 7);
}

}  // namespace sillok
