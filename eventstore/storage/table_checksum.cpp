#include "eventstore/storage/table_checksum.hpp"

#include "eventstore/base/byte_order.hpp"
#include "eventstore/base/crc32c.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>

namespace sillok {

namespace {

class TableChecksum final : public rocksdb::FileChecksumGenerator {
   public:
    void Update(const char* data, std::size_t size) override { crc_ = crc32c({data, size}, crc_); }
    void Finalize() override {
        checksum_.resize(sizeof crc_);
        put_little_endian(checksum_.data(), std::byteswap(crc_));
    }
    [[nodiscard]] std::string GetChecksum() const override { return checksum_; }
    [[nodiscard]] const char* Name() const override { return "FileChecksumCrc32c"; }

   private:
    std::uint32_t crc_ = 0;
    std::string checksum_;
};

class TableChecksums final : public rocksdb::FileChecksumGenFactory {
   public:
    std::unique_ptr<rocksdb::FileChecksumGenerator> CreateFileChecksumGenerator(
        const rocksdb::FileChecksumGenContext& context) override {
        const auto& wanted = context.requested_checksum_func_name;
        if (!wanted.empty() && wanted != TableChecksum{}.Name()) return nullptr;
        return std::make_unique<TableChecksum>();
    }
    [[nodiscard]] const char* Name() const override { return "FileChecksumGenCrc32cFactory"; }
};

}  // namespace

std::optional<std::uint32_t> kept_checksum(std::string_view checksum, std::string_view name) {
    if (name != TableChecksum{}.Name() || checksum.size() != sizeof(std::uint32_t)) return std::nullopt;
    return std::byteswap(get_little_endian<std::uint32_t>(checksum.data()));
}

std::shared_ptr<rocksdb::FileChecksumGenFactory> table_checksums() { return std::make_shared<TableChecksums>(); }

}  // namespace sillok
