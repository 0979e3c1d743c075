package dev.entwine.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entwine.embedded.PostgresBinaries;
import dev.entwine.embedded.PostgresOptions;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Changes that one site's database refuses: sent again when it is mended, or given up, while the engine runs. */
final class ParkedIT {
    private static final String SCHEMA = """
        CREATE TABLE product (id int PRIMARY KEY, name text, price int, story text);
        ALTER TABLE product ALTER story SET STORAGE EXTERNAL;
        INSERT INTO product SELECT i, 'p' || i, i, repeat('s', 9000) FROM generate_series(1, 20) i;
        """;

    private static final String DEAR = "ALTER TABLE product ADD CONSTRAINT dear CHECK (price < 100)";
    private static final String CHEAP = "ALTER TABLE product DROP CONSTRAINT dear";
    private static final List<String> TABLES = List.of("product");

    private static Sites start(String... names) throws Exception {
        Sites sites = Sites.start(PostgresBinaries.bundled(), PostgresOptions.DEFAULTS, names);
        sites.everywhere(SCHEMA);
        sites.command(0, "init", "--equal");
        sites.execute("west", DEAR);
        return sites;
    }

    private static String parked(Sites sites, String site) throws SQLException {
        return sites.value(
                site, "SELECT string_agg(concat(key ->> 'id', ' ', operation), ', ' ORDER BY id) FROM entwine.parked");
    }

    private static String journal(Sites sites, String site) throws SQLException {
        return sites.value(
                site,
                "SELECT string_agg(concat_ws(' ', key ->> 'id', kind, policy, winner, losers -> 0 ->> 'site',"
                        + " coalesce(losers -> 0 -> 'image' ->> 'price', 'no row')), '; ' ORDER BY at)"
                        + " FROM entwine.conflict");
    }

    @Test
    void what_was_refused_is_sent_again_and_later_changes_flow_once_more() throws Exception {
        try (Sites sites = start("east", "north", "west")) {
            Process engine = sites.engine();
            sites.execute("east", "INSERT INTO product VALUES (50, 'new', 500, repeat('n', 9000))");
            sites.command(3, "wait", "--timeout", "60s");
            sites.execute("east", "UPDATE product SET name = 'renamed' WHERE id = 50");
            sites.execute("east", "UPDATE product SET price = 700 WHERE id = 1");
            sites.command(3, "wait", "--timeout", "60s");
            assertThat(parked(sites, "west")).isEqualTo("50 insert, 50 update, 1 update");
            assertThat(sites.command(0, "parked", "list"))
                    .contains("west/1 ", "public.product", "id=50", "insert of east", "dear");
            assertThat(sites.command(3, "parked", "retry", "west/1"))
                    .as("nothing is mended yet")
                    .contains("parked again  west/1", "refuses it again, as west/4", "dear");
            assertThat(parked(sites, "west")).isEqualTo("1 update, 50 update");

            sites.execute("west", CHEAP);
            assertThat(sites.command(0, "parked", "retry", "--all"))
                    .contains("settled  west/3", "settled  west/4", "as site east has it");
            sites.command(0, "wait", "--timeout", "60s");
            sites.execute("east", "UPDATE product SET price = price + 1 WHERE id IN (1, 50)");
            sites.execute("west", "UPDATE product SET name = 'both ways' WHERE id = 2");
            sites.command(0, "wait", "--timeout", "60s");
            sites.requireAlike(TABLES);
            assertThat(sites.value("west", "SELECT concat(name, price, length(story)) FROM product WHERE id = 50"))
                    .isEqualTo("renamed5019000");
            assertThat(journal(sites, "north"))
                    .isEqualTo("50 repair retry east west no row; 1 repair retry east west 1;"
                            + " 50 repair retry east west no row");
            assertThat(engine.isAlive()).as("the same engine").isTrue();
        }
    }

    @Test
    void what_was_refused_is_given_up_and_stands_in_every_journal() throws Exception {
        try (Sites sites = start("east", "west")) {
            sites.engine();
            sites.execute("east", "INSERT INTO product VALUES (50, 'new', 500, 'long')");
            sites.execute("east", "UPDATE product SET price = 700 WHERE id = 1");
            sites.command(3, "wait", "--timeout", "60s");
            assertThat(sites.command(2, "parked", "discard", "west/1")).contains("--reason WHY");
            assertThat(sites.command(0, "parked", "discard", "west/1", "west/2", "--reason", "prices were wrong"))
                    .contains("settled  west/1", "gone, as at site west", "as site west has it");
            sites.command(0, "wait", "--timeout", "60s");
            sites.requireAlike(TABLES);
            assertThat(sites.value(
                            "east", "SELECT string_agg(id || ':' || price, ' ') FROM product WHERE id IN (1, 50)"))
                    .isEqualTo("1:1");
            for (String site : sites.names()) {
                assertThat(journal(sites, site))
                        .isEqualTo("50 repair discard west east 500; 1 repair discard west east 700");
                assertThat(sites.value(site, "SELECT min(reason) FROM entwine.conflict"))
                        .contains("23514", "given up: prices were wrong; repaired by ");
            }
            sites.execute("west", CHEAP);
            sites.command(
                    0,
                    "conflicts",
                    "undo",
                    sites.value("east", "SELECT id FROM entwine.conflict WHERE key ->> 'id' = '50'"));
            sites.command(0, "wait", "--timeout", "60s");
            sites.requireEqual(TABLES, "t::text");
            assertThat(sites.value("west", "SELECT price FROM product WHERE id = 50"))
                    .as("what was given up, brought back")
                    .isEqualTo("500");
        }
    }

    @Test
    void a_deletion_that_was_refused_and_a_truncation() throws Exception {
        try (Sites sites = start("east", "west")) {
            sites.execute(
                    "west",
                    "CREATE SCHEMA own; CREATE TABLE own.part (product int REFERENCES product);"
                            + " INSERT INTO own.part VALUES (3)");
            sites.execute("west", """
                CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''in use''; END';
                CREATE TRIGGER refusal BEFORE DELETE ON product FOR EACH ROW WHEN (OLD.id = 3) EXECUTE FUNCTION refuse();
                ALTER TABLE product ENABLE ALWAYS TRIGGER refusal\
                """);
            sites.engine();
            sites.execute("east", "DELETE FROM product WHERE id IN (3, 4)");
            sites.command(3, "wait", "--timeout", "60s");
            assertThat(parked(sites, "west")).isEqualTo("3 delete");
            assertThat(sites.command(3, "parked", "retry", "west/1"))
                    .contains("refused", "rows refer to it at site west");
            sites.execute("west", "DELETE FROM own.part");
            assertThat(sites.command(3, "parked", "retry", "west/1")).contains("refused", "SQLSTATE P0001");
            assertThat(parked(sites, "west")).as("nothing was done").isEqualTo("3 delete");
            sites.execute("west", "DROP TRIGGER refusal ON product");
            assertThat(sites.command(0, "parked", "retry", "west/1")).contains("gone, as at site east");
            sites.command(0, "wait", "--timeout", "60s");
            sites.requireAlike(TABLES);

            sites.execute("east", "TRUNCATE product");
            sites.command(3, "wait", "--timeout", "60s");
            String id = "west/" + sites.value("west", "SELECT id FROM entwine.parked");
            assertThat(sites.command(3, "parked", "retry", id)).contains("TRUNCATE is not carried over");
            assertThat(sites.command(0, "parked", "retry", "--all"))
                    .contains("nothing is parked that could be sent again");
            assertThat(sites.command(0, "parked", "discard", id, "--reason", "was a mistake"))
                    .contains("settled");
            assertThat(sites.command(1, "parked", "discard", id, "--reason", "was a mistake"))
                    .contains("nothing is parked as");
            assertThat(sites.command(0, "parked", "list", "--json")).isEmpty();
            sites.command(0, "repair", "--prefer", "west", "--apply");
            sites.command(0, "wait", "--timeout", "60s");
            sites.requireEqual(TABLES, "t::text");
            assertThat(sites.value("east", "SELECT count(*) FROM product")).isEqualTo("18");
        }
    }

    @Test
    void the_engine_parks_nothing_behind_a_change_that_is_just_being_taken_out() throws Exception {
        try (Sites sites = start("east", "west")) {
            sites.engine();
            sites.execute("east", "UPDATE product SET price = 500 WHERE id = 1");
            sites.command(3, "wait", "--timeout", "60s");
            sites.execute("west", CHEAP);
            try (Connection taking = sites.connect("west");
                    Statement statement = taking.createStatement()) {
                taking.setAutoCommit(false);
                statement.execute("DELETE FROM entwine.parked");
                sites.execute("east", "UPDATE product SET name = 'later' WHERE id = 1");
                String waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'";
                long giveUpNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
                while (sites.value("west", waiting).equals("0") && System.nanoTime() < giveUpNanos) {
                    Thread.sleep(5);
                }
                taking.commit();
            }
            sites.command(0, "wait", "--timeout", "60s");
            sites.requireAlike(TABLES);
        }
    }

    /** The engine parks behind what is being taken out, or writes once it is gone: nothing is left behind nothing. */
    @Test
    void a_row_that_is_written_all_the_time_is_settled_all_the_same() throws Exception {
        try (Sites sites = start("east", "west")) {
            sites.engine();
            sites.execute("east", "UPDATE product SET price = 500 WHERE id <= 5");
            sites.command(3, "wait", "--timeout", "60s");
            sites.execute("west", CHEAP);
            AtomicBoolean stop = new AtomicBoolean();
            AtomicInteger writes = new AtomicInteger();
            Thread writer = Thread.ofPlatform().start(() -> {
                try (Connection application = sites.connect("east");
                        Statement statement = application.createStatement()) {
                    while (!stop.get()) {
                        statement.execute("UPDATE product SET price = price + 1, name = price::text WHERE id = "
                                + (1 + writes.incrementAndGet() % 5));
                        Thread.sleep(20);
                    }
                } catch (SQLException | InterruptedException e) {
                    writes.set(-1);
                }
            });
            sites.command(0, "parked", "retry", "--all");
            stop.set(true);
            writer.join();
            assertThat(writes.get()).as("writes").isGreaterThan(50);
            sites.command(0, "wait", "--timeout", "60s");
            sites.requireAlike(TABLES);
        }
    }
}
