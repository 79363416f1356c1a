#include "eventstore/transfer/cut_preview.hpp"

#include "eventstore/storage/record.hpp"

#include <unordered_map>
#include <utility>

namespace sillok {

namespace {

class CutScan {
   public:
    explicit CutScan(const Until& until) : until_(until) {}

    void see(const Recorded& event) {
        preview_.whole_end = event.position;
        if (preview_.events_left_out == 0 && begins_ && !goes_before(event, until_)) {
            const Position last{event.position.value + event.commit_rest};
            const auto* limit = std::get_if<Position>(&until_);
            if (limit != nullptr && event.position <= *limit) preview_.torn = {.first = event.position, .last = last};
            is_cut_ = true;
        }
        begins_ = event.commit_rest == 0;
        if (is_cut_)
            leave_out(event);
        else
            keep(event);
    }
    [[nodiscard]] const CutPreview& preview() const { return preview_; }

   private:
    void keep(const Recorded& event) {
        preview_.end = event.position;
        preview_.end_time = event.time;
    }
    // The first event of a stream that is left out says whether earlier ones are kept.
    void leave_out(const Recorded& event) {
        ++preview_.events_left_out;
        if (!streams_.try_emplace(std::string{event.stream}, event.version).second) return;
        ++(event.version == Version{1} ? preview_.streams_left_out : preview_.streams_shortened);
    }

    const Until& until_;
    CutPreview preview_;
    std::unordered_map<std::string, Version> streams_;
    bool begins_ = true;  // the next event begins a commit
    bool is_cut_ = false;
};

}  // namespace

std::expected<CutPreview, std::string> preview_cut(const LogStorage& log, const Until& until) {
    CutScan scan{until};
    std::optional<std::string> wrong;
    log.scan_log(Position{1}, [&](Position position, std::string_view record) {
        const auto event = record::read(position, record);
        if (!event) wrong = "position " + std::to_string(position.value) + ": " + event.error().what;
        if (event) scan.see(*event);
        return !wrong;
    });
    if (wrong) return std::unexpected(*std::move(wrong));
    return scan.preview();
}

}  // namespace sillok
