#include "projections/engine/stream_merge.hpp"

#include "eventstore/event_store.hpp"

#include <cstddef>
#include <utility>

namespace sillok {
namespace {

constexpr std::size_t page_events_max = 512;

class StreamReader {
   public:
    StreamReader(const EventStore& log, std::string stream) : log_(log), stream_(std::move(stream)) { turn_page(); }

    // Nothing at the end of the stream.
    [[nodiscard]] const Recorded* event() const { return at_ < page_.size() ? &page_[at_] : nullptr; }
    // REQUIRES: there is an event.
    void advance() {
        if (++at_ == page_.size()) turn_page();
    }

   private:
    void turn_page() {
        const auto from = page_.empty() ? Version{1} : next(page_.back().version);
        page_ = log_.read_stream(stream_, from, page_events_max);
        at_ = 0;
    }

    const EventStore& log_;
    const std::string stream_;
    EventBatch page_;
    std::size_t at_ = 0;
};

// The reader whose event comes first in the log; nothing at the end of all.
StreamReader* first_of(std::vector<StreamReader>& readers) {
    StreamReader* first = nullptr;
    for (auto& reader : readers)
        if (reader.event() && (!first || reader.event()->position < first->event()->position)) first = &reader;
    return first;
}

}  // namespace

void read_merged(const EventStore& log, const std::vector<std::string>& streams, Position before,
                 const std::function<void(const Recorded&)>& visit) {
    std::vector<StreamReader> readers;
    readers.reserve(streams.size());
    for (const auto& stream : streams) readers.emplace_back(log, stream);
    while (auto* const reader = first_of(readers)) {
        if (reader->event()->position >= before) return;
        visit(*reader->event());
        reader->advance();
    }
}

}  // namespace sillok
