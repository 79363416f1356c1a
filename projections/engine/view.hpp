// Typed reading of one read model's rows.
//
// A row:   if (auto row = orders.get("o-17")) ...
// A page:  auto page = orders.page(OrderHistory::of_customer(id), {.cursor = from_request, .limit = 50});
//          if (!page) -> the cursor is not ours: 400.   page->next_cursor goes into the Link header, if not empty.
// Fresh:   co_await orders.seen().reached(position, 500ms) before reading, to see the events of a command.
//          Take position() before the read: the rows are at least as new as that.
//
// Threads: any thread may call any member, beside the worker that writes.
// Errors:  a disk that fails or damaged rows throw StorageError; a rebuild repairs the rows.
#pragma once

#include "projections/engine/projection.hpp"
#include "projections/engine/read_model.hpp"

#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace sillok {

class EventStore;
class ReadModelDatabase;

template <Projection P>
class View final : public ReadModel {
   public:
    using Row = typename P::Row;

    // REQUIRES: log and database outlive the view.
    View(const EventStore& log, ReadModelDatabase& database);
    ~View() override;

    [[nodiscard]] std::optional<Row> get(std::string_view key) const;
    // REQUIRES: request.limit >= 1. A selection that accepts few entries may return a page with fewer rows than the
    // limit, even none, and a next cursor, because the number of entries looked at is bounded, too.
    [[nodiscard]] std::expected<Page<Row>, CursorInvalid> page(const Selection& selection,
                                                               const PageRequest& request = {}) const;
    // Every row in order of its key, or those after a key; stops early when `visit` returns false. No rebuild is
    // switched to while it runs, so `visit` is short.
    void each(const std::function<bool(const Row&)>& visit, std::string_view after = {}) const;

    // The first event of this row that could not be applied: the row stays as it was before it. A look at memory while
    // every row could follow.
    [[nodiscard]] std::optional<ParkedEvent> parked_at(std::string_view key) const;

    // The events that are left out of this row, in order.
    [[nodiscard]] std::vector<SkippedEvent> skipped(std::string_view key) const;

    [[nodiscard]] std::string_view name() const override { return P::name; }
    [[nodiscard]] ReadModelStatus status() const override;
    [[nodiscard]] std::vector<ParkedEvent> parked(std::size_t limit) const override;
    [[nodiscard]] Watermark<Position>& seen() override;
    void start() override;
    void stop() override;
    void catch_up_to(Position target) override;
    std::expected<RebuildReport, std::string> rebuild(const RebuildOptions& options) override;
    [[nodiscard]] std::vector<ReadModelFinding> check_rows() const override;

   private:
    struct Core;
    std::unique_ptr<Core> core_;
};

}  // namespace sillok
