// Products by a part of their names, in every script.
#include "tests/projections/projection_fixture.hpp"

using namespace sillok;
using namespace sillok::testing;

namespace {

std::string product_id(const StockLevels::Row& row) { return row.product.value; }

using Strings = std::vector<std::string>;

}  // namespace

TEST_CASE("products are found in every script, in any case, width and composition") {
    ProjectionFixture shop;
    const std::vector<std::pair<std::string, Strings>> searches{
        {"ČOKOLÁDA hořká", {"čokoláda", "ČOKOLÁDA", "Cokolada", "HOŘKÁ", "horka", "c\u030cokola\u0301da", "kol"}},
        {"강남 스타일", {"강남", "\u1100\u1161\u11bc\u1102\u1161\u11b7", "남 스", "일"}},
        {"Phở bò TÁI", {"phở", "PHỞ BÒ", "pho bo tai", "pho\u031b\u0309", "tái"}},
        {"Đường phèn", {"đường", "duong phen", "ĐƯỜNG"}},
        {"İSTANBUL çayı", {"istanbul", "İstanbul", "ISTANBUL", "\u0131stanbul", "çayi", "CAYI", "ÇAYI"}},
        {"Diyarbakır", {"diyarbakır", "DIYARBAKIR", "diyarbakir", "DİYARBAKİR"}},
        {"Ｔ－Ｖ　ﾃﾚﾋﾞ", {"t－v", "T-V", "テレビ", "ﾃﾚﾋﾞ"}},
        {"Straßenlampe", {"strasse", "STRASSE", "straße", "STRAẞE"}},
        {"Σοφός", {"σοφοσ", "ΣΟΦΌΣ", "σοφός", "σοφος"}},
        {"Ёлка", {"ёлка", "ЁЛКА", "елка"}},
        {"ﬁnest oﬃce", {"finest", "OFFICE"}},
        {"がらす", {"がらす", "か\u3099らす"}},
    };
    int number = 0;
    for (const auto& [name, ignored] : searches) {
        shop.given("product-" + std::to_string(number++), registered(name));
        shop.given("product-" + std::to_string(number++), registered("\u0411 other"));
    }
    const auto& stock = shop.models->stock();
    number = 0;
    for (const auto& [name, found_by] : searches) {
        for (const auto& search : found_by) {
            CAPTURE(search);
            CHECK(listed(stock, StockLevels::for_sale(search), product_id) == Strings{std::to_string(number)});
            CHECK(listed(stock, StockLevels::all(search), product_id) == Strings{std::to_string(number)});
        }
        number += 2;
    }
    for (const char* absent : {"čokolàda", "čokoladá", "からす", "강난", "phỏ", "x", "zz", "ot her", "othere"}) {
        CAPTURE(absent);
        CHECK(listed(stock, StockLevels::for_sale(absent), product_id).empty());
    }
    CHECK(listed(stock, StockLevels::for_sale("\u200b"), product_id).size() == 2 * searches.size());
}

TEST_CASE("a renamed product is found by its new name alone, also when its stock moves between") {
    ProjectionFixture shop;
    shop.given("product-1", registered("Lamp"));
    shop.given("stock-1", stock::event::Received{Quantity{5}});
    CHECK(listed(shop.models->stock(), StockLevels::for_sale("amp"), product_id) == Strings{"1"});
    shop.given("stock-1", stock::event::Received{Quantity{5}});
    shop.given("product-1", product::event::Revised{"Torch", Money{5, won}, "", ""});
    CHECK(listed(shop.models->stock(), StockLevels::for_sale("amp"), product_id).empty());
    CHECK(listed(shop.models->stock(), StockLevels::for_sale("orc"), product_id) == Strings{"1"});
    shop.given("product-1", product::event::Discontinued{});
    CHECK(listed(shop.models->stock(), StockLevels::for_sale("orc"), product_id).empty());
    CHECK(shop.models->check().empty());
}

TEST_CASE("every part of every name is found, and nothing else: as without an index") {
    ProjectionFixture shop;
    const Strings names{"abcabcabd", "abcabd", "aa", "a", "ab ab ab", "bca", "caab", "\xff\xc3(", "ää", "aä"};
    for (std::size_t i = 0; i < names.size(); ++i) shop.given("product-" + std::to_string(i), registered(names[i]));
    const auto& stock = shop.models->stock();
    for (const auto& name : names)
        for (std::size_t from = 0; from < name.size(); ++from)
            for (std::size_t length = 1; from + length <= name.size(); ++length) {
                const auto part = name.substr(from, length);
                if (static_cast<unsigned char>(part[0]) >= 0x80 && part != "ä" && part != "ää") continue;
                if (part.ends_with('\xc3')) continue;
                CAPTURE(part);
                CHECK(listed(stock, StockLevels::for_sale(part), product_id, 2) ==
                      listed(stock, StockLevels::all(part), product_id, 100));
            }
}
