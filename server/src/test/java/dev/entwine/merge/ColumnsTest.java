package dev.entwine.merge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entwine.model.Cell;
import dev.entwine.model.Image;
import dev.entwine.model.Operation;
import dev.entwine.model.Position;
import dev.entwine.model.SiteId;
import dev.entwine.model.Stamp;
import dev.entwine.model.VersionVector;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class ColumnsTest {
    private static final List<SiteId> SITES = List.of(new SiteId("west"), new SiteId("east"), new SiteId("north"));
    private static final Columns COLUMNS = new Columns(
            List.of("id", "street", "city", "balance", "tags"),
            List.of(List.of(1, 2)),
            List.of(3),
            Map.of(4, Elements.ARRAY),
            Map.of(),
            false);

    private static Image row(String street, String city, String balance, String tags) {
        return Image.of(Cell.text("1"), Cell.text(street), Cell.text(city), Cell.text(balance), Cell.text(tags));
    }

    private static Contender update(String site, long stamp, Image before, Image after) {
        SiteId id = new SiteId(site);
        return new Contender(
                id,
                new Position(stamp),
                new Stamp(stamp),
                stamp,
                VersionVector.of(id, new Position(stamp)),
                Operation.UPDATE,
                before,
                after,
                false);
    }

    @Test
    void in_whatever_order_changes_arrive_the_ledger_comes_out_the_same() {
        Random random = new Random(4711);
        for (int round = 0; round < 500; round++) {
            Image base = row("s", "c", "0.10", "{a,b,c}");
            List<Contender> changes = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                Image after = row(
                        random.nextBoolean() ? "s" : "s" + i,
                        random.nextBoolean() ? "c" : "c" + i,
                        random.nextInt(-9, 9) + "." + random.nextInt(10),
                        List.of("{a,b,c}", "{a}", "{b,c,d}", "{a,e,c,d}", "{}").get(random.nextInt(5)));
                changes.add(update(SITES.get(i % 3).name(), random.nextInt(1, 4) * 10L + i / 3, base, after));
            }
            Set<Ledger> outcomes = new HashSet<>();
            for (int order = 0; order < 20; order++) {
                java.util.Collections.shuffle(changes, random);
                Ledger ledger = Ledger.from(base);
                for (Contender change : changes) {
                    ledger = COLUMNS.add(ledger, change, null, SITES);
                }
                outcomes.add(ledger);
            }
            assertThat(outcomes).as("outcomes of %s", changes).hasSize(1);
        }
    }

    @Test
    void decimals_are_added_exactly_and_numbers_beyond_every_machine_word_too() {
        Image base = row("s", "c", "90071992547409931234567890.1", "{}");
        Ledger ledger = COLUMNS.add(
                Ledger.from(base),
                update("east", 1, base, row("s", "c", "90071992547409931234567890.3", "{}")),
                null,
                SITES);
        ledger = COLUMNS.add(
                ledger, update("west", 1, base, row("s", "c", "90071992547409931234567891", "{}")), null, SITES);
        assertThat(COLUMNS.cells(ledger, List.of()).get(3)).isEqualTo(Cell.text("90071992547409931234567891.2"));
    }

    @Test
    void an_address_is_never_put_together_from_two() {
        Image base = row("s", "c", "0", "{}");
        Ledger ledger = COLUMNS.add(Ledger.from(base), update("east", 1, base, row("S", "c", "0", "{}")), null, SITES);
        ledger = COLUMNS.add(ledger, update("west", 2, base, row("s", "C", "0", "{}")), null, SITES);
        assertThat(ledger.image()).isEqualTo(row("s", "C", "0", "{}"));
    }

    @Test
    void values_are_compared_by_what_they_mean() {
        CellOrder numbers = CellOrder.ascending(CellOrder.Kind.NUMBERS);
        CellOrder times = CellOrder.ascending(CellOrder.Kind.TIMES);
        assertAscending(numbers, "-Infinity", "-10", "-9.5", "0", "9", "10.0", "1e3", "Infinity", "NaN");
        assertAscending(
                times,
                "-infinity",
                "0044-03-15 12:00:00 BC",
                "1999-12-31 23:59:59.9",
                "2000-01-01 00:00:00",
                "2000-01-01 01:00:00.5",
                "10000-01-01 00:00:00",
                "infinity");
        assertAscending(times, "2026-01-01 12:00:00+02", "2026-01-01 11:00:00+00");
        assertThat(numbers.compare(Cell.Absence.NULL, Cell.text("-5"))).isNegative();
        assertThat(numbers.reversed().compare(Cell.Absence.NULL, Cell.text("-5")))
                .isNegative();
    }

    private static void assertAscending(CellOrder order, String... texts) {
        for (int i = 1; i < texts.length; i++) {
            assertThat(order.compare(Cell.text(texts[i - 1]), Cell.text(texts[i])))
                    .as(texts[i - 1] + " before " + texts[i])
                    .isNegative();
            assertThat(order.reversed().compare(Cell.text(texts[i - 1]), Cell.text(texts[i])))
                    .isPositive();
        }
    }

    @Test
    void arrays_are_cut_at_commas_outside_of_quotes_and_others_are_left_whole() {
        assertThat(Elements.ARRAY.parse("{a,\"b, {c}\",\"x\\\"y\",NULL}"))
                .contains(new java.util.LinkedHashSet<>(List.of("a", "\"b, {c}\"", "\"x\\\"y\"", "NULL")));
        assertThat(Elements.ARRAY.parse("{{1,2},{3,4}}")).isEqualTo(Optional.empty());
        assertThat(Elements.ARRAY.parse("[0:1]={1,2}")).isEqualTo(Optional.empty());
        assertThat(Elements.ARRAY.parse("{}")).contains(Set.of());
        assertThat(Elements.WORDS.parse(" a, b ,,a")).contains(Set.of("a", "b"));
    }
}
