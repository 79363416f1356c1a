#include "eventstore/transfer/kept_files.hpp"

#include "eventstore/transfer/backup_notes.hpp"

#include <algorithm>
#include <system_error>

namespace sillok::backups {

namespace {

namespace rdb = rocksdb;

std::string without_slash(std::string path) {
    while (path.ends_with('/')) path.pop_back();
    return path;
}

class KeepingFileSystem final : public rdb::FileSystemWrapper {
   public:
    KeepingFileSystem(const std::filesystem::path& directory, KeptFiles files)
        : FileSystemWrapper(rdb::FileSystem::Default()),
          prefix_(without_slash(directory.string()) + '/'),
          files_(std::move(files)) {}

    [[nodiscard]] const char* Name() const override { return "KeepingFileSystem"; }

    rdb::IOStatus DeleteFile(const std::string& path, const rdb::IOOptions& options,
                             rdb::IODebugContext* context) override {
        if (is_kept(path)) return rdb::IOStatus::Busy(path, "is kept");
        return FileSystemWrapper::DeleteFile(path, options, context);
    }
    rdb::IOStatus DeleteDir(const std::string& path, const rdb::IOOptions& options,
                            rdb::IODebugContext* context) override {
        if (is_kept(path)) return rdb::IOStatus::Busy(path, "is kept");
        return FileSystemWrapper::DeleteDir(path, options, context);
    }

   private:
    [[nodiscard]] bool is_kept(const std::string& path) const {
        return path.starts_with(prefix_) && files_.contains(without_slash(path.substr(prefix_.size())));
    }

    const std::string prefix_;
    const KeptFiles files_;
};

// Everything in a folder, and the folder.
void add_folder(const std::filesystem::path& directory, const std::string& folder, KeptFiles& files) {
    files.insert(folder);
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator{directory / folder, error})
        files.insert(folder + '/' + entry.path().filename().string());
}

}  // namespace

KeptFiles files_of_damaged(const std::filesystem::path& directory) {
    KeptFiles kept;
    for (const auto number : noted_numbers(directory)) {
        const auto noted = noted_files(directory, number);
        const auto is_there = [&](const NotedFile& file) {
            std::error_code error;
            return std::filesystem::exists(directory / file.path, error);
        };
        if (noted && std::ranges::all_of(*noted, is_there)) continue;
        add_folder(directory, "private/" + std::to_string(number), kept);
        if (!noted) add_folder(directory, "shared_checksum", kept);  // which ones were its is not known
        if (noted)
            for (const auto& file : *noted) kept.insert(file.path);
    }
    return kept;
}

std::unique_ptr<rdb::Env> disk_that_keeps(const std::filesystem::path& directory, KeptFiles files) {
    return rdb::NewCompositeEnv(std::make_shared<KeepingFileSystem>(directory, std::move(files)));
}

}  // namespace sillok::backups
