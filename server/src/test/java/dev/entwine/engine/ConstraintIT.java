package dev.entwine.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entwine.embedded.PostgresBinaries;
import dev.entwine.embedded.PostgresOptions;
import dev.entwine.testkit.PostgresVersions;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Rows of several sites that a declared constraint does not let stand together: written apart, then brought together. */
final class ConstraintIT {
    private static final String SCHEMA = """
        CREATE TABLE customer (id int PRIMARY KEY, email text UNIQUE, name varchar(12), age int);
        CREATE UNIQUE INDEX customer_name ON customer (lower(name)) WHERE age > 10;
        CREATE TABLE nick (id int PRIMARY KEY, name varchar(12) UNIQUE, big text);
        ALTER TABLE nick ALTER big SET STORAGE EXTERNAL;
        CREATE TABLE seat (id int PRIMARY KEY, place int NOT NULL UNIQUE);
        CREATE TABLE phone (id int PRIMARY KEY, area int, number text, UNIQUE (area, number));
        CREATE TABLE booking (id int PRIMARY KEY, during int4range, EXCLUDE USING gist (during WITH &&));
        CREATE TABLE purchase (id int PRIMARY KEY, customer int REFERENCES customer ON DELETE CASCADE, what text);
        CREATE TABLE line (purchase int REFERENCES purchase ON DELETE CASCADE, nr int, PRIMARY KEY (purchase, nr));
        CREATE TABLE part (id int PRIMARY KEY, purchase int, nr int,
                           FOREIGN KEY (purchase, nr) REFERENCES line ON DELETE CASCADE);
        CREATE TABLE note (id int PRIMARY KEY, customer int REFERENCES customer, words text);
        CREATE TABLE badge (id int PRIMARY KEY, customer int REFERENCES customer, words text);
        CREATE TABLE folder (id int PRIMARY KEY, parent int REFERENCES folder, name text);
        CREATE TABLE share (id int PRIMARY KEY, a int, b int, CHECK (a + b <= 10));
        ALTER TABLE share REPLICA IDENTITY FULL;
        INSERT INTO customer SELECT i, 'mail' || i, 'name' || i, 20 FROM generate_series(1, 30) i;
        INSERT INTO customer VALUES (43, 'mail43', 'name43', 20), (44, 'mail44', 'name44', 20);
        INSERT INTO purchase SELECT i, i, 'thing' FROM generate_series(1, 30) i;
        INSERT INTO line SELECT i, 1 FROM generate_series(1, 30) i;
        INSERT INTO nick SELECT i, 'nick' || i, repeat('b', 9000) FROM generate_series(1, 9) i;
        INSERT INTO seat SELECT i, i FROM generate_series(1, 9) i;
        INSERT INTO folder SELECT i, NULL, 'f' || i FROM generate_series(1, 9) i;
        INSERT INTO share SELECT i, 1, 1 FROM generate_series(1, 9) i;
        """;

    private static final String RULES = """
          - match: public.nick
            on_unique: rename(name)
          - match: public.phone
            on_unique: null(number)
          - match: public.note
            on_orphan: quarantine_child
          - match: public.badge
            on_orphan: set_null
          - match: public.share
            on_conflict: merge
          - match: public.*
        """;

    private static final List<String> TABLES = List.of(
            "customer",
            "nick",
            "seat",
            "phone",
            "booking",
            "purchase",
            "line",
            "part",
            "note",
            "badge",
            "folder",
            "share");

    static List<PostgresBinaries> oldestAndNewest() {
        List<PostgresBinaries> all = PostgresVersions.all();
        return List.of(all.getFirst(), all.getLast());
    }

    private static Sites start(PostgresBinaries version, String... names) throws Exception {
        Sites sites = Sites.start(version, PostgresOptions.DEFAULTS, names).withRules(RULES);
        sites.everywhere(SCHEMA);
        sites.command(0, "init", "--equal");
        return sites;
    }

    private static void synchronize(Sites sites) throws Exception {
        sites.bringInStep();
        sites.requireAlike(TABLES);
    }

    private static String journal(Sites sites, String site) throws SQLException {
        return sites.value(
                site,
                "SELECT string_agg(concat_ws(' ', table_name, (SELECT string_agg(value, ',') FROM"
                        + " jsonb_each_text(key)), kind, policy, winner, status), '; ' ORDER BY table_name, key::text)"
                        + " FROM entwine.conflict");
    }

    private static String all(Sites sites, String sql) throws SQLException {
        return sites.value(
                sites.names().getLast(), "SELECT string_agg(v::text, ' ' ORDER BY v::text) FROM (" + sql + ") t(v)");
    }

    @ParameterizedTest
    @MethodSource("oldestAndNewest")
    void what_only_one_row_may_have_goes_to_the_later_whoever_comes_first(PostgresBinaries version) throws Exception {
        try (Sites sites = start(version, "east", "west")) {
            sites.execute("east", "INSERT INTO customer VALUES (101, 'bob', 'Bob', 30)");
            sites.execute("west", "INSERT INTO customer VALUES (102, 'bob', 'Robert', 31)");
            sites.execute("west", "UPDATE customer SET email = 'eve' WHERE id = 43");
            sites.execute("east", "UPDATE customer SET email = 'eve' WHERE id = 44");
            sites.execute("east", "INSERT INTO customer VALUES (103, NULL, 'ANNE', 30)");
            sites.execute("west", "INSERT INTO customer VALUES (104, NULL, 'Anne', 31)");
            sites.execute("east", "INSERT INTO customer VALUES (105, NULL, 'Tim', 3), (106, NULL, NULL, 40)");
            sites.execute("west", "INSERT INTO customer VALUES (107, NULL, 'Tim', 31), (108, NULL, NULL, 40)");
            sites.execute("east", "INSERT INTO booking VALUES (1, '[10,20)')");
            sites.execute("west", "INSERT INTO booking VALUES (2, '[15,25)')");
            sites.execute("west", "UPDATE nick SET name = 'LongestNames' WHERE id = 1");
            sites.execute("east", "UPDATE nick SET name = 'LongestNames' WHERE id = 2");
            sites.execute("east", "INSERT INTO phone VALUES (1, 30, '555'), (2, 40, '555')");
            sites.execute("west", "INSERT INTO phone VALUES (3, 30, '555')");
            synchronize(sites);
            assertThat(journal(sites, "east"))
                    .isEqualTo("booking 1 unique quarantine west open; customer 101 unique quarantine west open;"
                            + " customer 103 unique quarantine west open; customer 43 unique quarantine east open;"
                            + " nick 1 unique rename(name) merged decided; phone 1 unique null(number) merged decided");
            assertThat(all(sites, "SELECT id FROM customer WHERE id > 100 OR email = 'eve'"))
                    .isEqualTo("102 104 105 106 107 108 44");
            assertThat(all(sites, "SELECT concat(id, coalesce(number, '-')) FROM phone"))
                    .isEqualTo("1- 2555 3555");
            assertThat(all(sites, "SELECT concat(left(name, 4), length(name), length(big)) FROM nick WHERE id < 3"))
                    .isEqualTo("Long129000 Lon~129000");
            assertThat(sites.value(
                            "east",
                            "SELECT losers -> 0 -> 'image' ->> 'email' || (losers -> 0 ->> 'site') FROM"
                                    + " entwine.conflict WHERE key ->> 'id' = '43'"))
                    .as("the row that lost, whole")
                    .isEqualTo("evewest");
        }
    }

    @ParameterizedTest
    @MethodSource("oldestAndNewest")
    void a_row_that_is_referred_to_comes_back_or_the_other_gives_way(PostgresBinaries version) throws Exception {
        try (Sites sites = start(version, "east", "west")) {
            sites.execute("east", "DELETE FROM customer WHERE id = 1");
            sites.execute("west", "INSERT INTO purchase VALUES (101, 1, 'late')");
            sites.execute("west", "INSERT INTO line VALUES (2, 2)");
            sites.execute("west", "INSERT INTO part VALUES (1, 2, 1)");
            sites.execute("east", "DELETE FROM customer WHERE id = 2");
            sites.execute("east", "DELETE FROM customer WHERE id IN (3, 4)");
            sites.execute("west", "INSERT INTO note VALUES (1, 3, 'to whom')");
            sites.execute("west", "INSERT INTO badge VALUES (1, 4, 'whose')");
            sites.execute("west", "DELETE FROM folder WHERE id = 1");
            sites.execute("east", "INSERT INTO folder VALUES (10, 1, 'sub'), (11, 10, 'sub sub')");
            synchronize(sites);
            assertThat(all(sites, "SELECT id FROM customer WHERE id < 6")).isEqualTo("1 2 5");
            assertThat(all(sites, "SELECT id FROM purchase WHERE id IN (1, 2, 101)"))
                    .as("the purchase that went with its customer stays away, the one that is needed is back")
                    .isEqualTo("101 2");
            assertThat(all(sites, "SELECT concat(id, coalesce(customer, 0), words) FROM badge"))
                    .isEqualTo("10whose");
            assertThat(all(sites, "SELECT id FROM note")).isEqualTo("null");
            assertThat(all(sites, "SELECT id FROM folder WHERE id IN (1, 10, 11)"))
                    .isEqualTo("1 10 11");
            assertThat(sites.value("east", "SELECT email || name || age FROM customer WHERE id = 2"))
                    .as("whole")
                    .isEqualTo("mail2name220");
            assertThat(journal(sites, "east"))
                    .isEqualTo("badge 1 foreign_key set_null merged decided;"
                            + " customer 1 foreign_key restore_parent west decided;"
                            + " customer 2 foreign_key restore_parent west decided;"
                            + " folder 1 foreign_key restore_parent east decided;"
                            + " line 1,2 foreign_key restore_parent west decided;"
                            + " note 1 foreign_key quarantine_child east open;"
                            + " purchase 2 foreign_key restore_parent west decided");
        }
    }

    @Test
    void a_child_never_stands_without_its_parent_though_the_deletion_is_held_up_elsewhere() throws Exception {
        try (Sites sites = start(PostgresBinaries.bundled(), "east", "west")) {
            sites.execute("east", "DELETE FROM customer WHERE id = 1");
            sites.execute("west", "INSERT INTO purchase VALUES (101, 1, 'late'), (102, 3, 'of another')");
            try (Connection application = sites.connect("west");
                    Statement statement = application.createStatement()) {
                application.setAutoCommit(false);
                statement.execute("SELECT FROM customer WHERE id = 1 FOR SHARE");
                Process engine = sites.engine();
                String there = "SELECT concat((SELECT count(*) FROM purchase WHERE id IN (101, 102)), ' with ',"
                        + " (SELECT count(*) FROM customer WHERE id IN (1, 3)))";
                long giveUpNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(40);
                while (sites.value("east", there).startsWith("0") && System.nanoTime() < giveUpNanos) {
                    Thread.sleep(5);
                }
                assertThat(sites.value("east", there)).isEqualTo("2 with 2");
                Sites.stop(engine);
            }
            synchronize(sites);
        }
    }

    @Test
    void a_row_in_quarantine_can_be_put_back_once_there_is_room_for_it() throws Exception {
        try (Sites sites = start(PostgresBinaries.bundled(), "east", "west")) {
            sites.execute("east", "INSERT INTO customer VALUES (101, 'bob', 'Bob', 30)");
            sites.execute("west", "INSERT INTO customer VALUES (102, 'bob', 'Robert', 31)");
            sites.engine();
            sites.command(0, "wait");
            String id = sites.value("west", "SELECT id FROM entwine.conflict");
            assertThat(sites.command(0, "conflicts", "show", id)).contains("customer_email_key");
            assertThat(sites.command(3, "conflicts", "keep", id, "--site", "east"))
                    .contains("customer_email_key");
            sites.execute("west", "UPDATE customer SET email = 'robert' WHERE id = 102");
            sites.command(0, "wait");
            sites.command(0, "conflicts", "keep", id, "--site", "east");
            sites.command(0, "wait");
            sites.requireEqual(TABLES, "t::text");
            assertThat(all(sites, "SELECT concat(id, email) FROM customer WHERE id > 100"))
                    .isEqualTo("101bob 102robert");
            for (String site : sites.names()) {
                assertThat(sites.value(site, "SELECT status FROM entwine.conflict"))
                        .isEqualTo("decided");
            }
        }
    }

    @Test
    void values_that_change_hands_within_a_transaction_are_no_conflict() throws Exception {
        try (Sites sites = start(PostgresBinaries.bundled(), "east", "west")) {
            sites.execute(
                    "west",
                    "BEGIN; UPDATE nick SET name = 'x' WHERE id = 1; UPDATE nick SET name = 'nick1' WHERE id = 2;"
                            + " UPDATE nick SET name = 'nick2' WHERE id = 1; COMMIT");
            sites.execute(
                    "east",
                    "BEGIN; UPDATE nick SET name = NULL WHERE id = 3; UPDATE nick SET name = 'nick3' WHERE id = 4;"
                            + " UPDATE nick SET name = 'nick4' WHERE id = 5;"
                            + " UPDATE nick SET name = 'nick5', big = 'new' WHERE id = 3;"
                            + " DELETE FROM nick WHERE id = 6; UPDATE nick SET name = 'nick6' WHERE id = 7; COMMIT");
            synchronize(sites);
            assertThat(all(sites, "SELECT concat(id, name, length(big)) FROM nick WHERE id < 8"))
                    .isEqualTo("1nick29000 2nick19000 3nick53 4nick39000 5nick49000 7nick69000");
            assertThat(journal(sites, "east")).isEqualTo("null");
        }
    }

    @Test
    void values_change_hands_also_beside_a_row_that_the_database_refuses() throws Exception {
        try (Sites sites = start(PostgresBinaries.bundled(), "east", "west")) {
            sites.execute("east", """
                CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''not here''; END';
                CREATE TRIGGER refusal BEFORE INSERT ON badge FOR EACH ROW EXECUTE FUNCTION refuse();
                ALTER TABLE badge ENABLE ALWAYS TRIGGER refusal\
                """);
            sites.execute(
                    "west",
                    "BEGIN; UPDATE nick SET name = NULL WHERE id = 1; UPDATE nick SET name = 'nick1' WHERE id = 2;"
                        + " UPDATE nick SET name = 'nick2' WHERE id = 1; INSERT INTO badge VALUES (1, 1, 'refused');"
                        + " UPDATE seat SET place = 0 WHERE id = 1; UPDATE seat SET place = 1 WHERE id = 2; UPDATE"
                        + " seat SET place = 2 WHERE id = 1; COMMIT");
            sites.engine();
            assertThat(sites.command(3, "wait", "--timeout", "60s")).contains("site east has parked 1 ");
            assertThat(all(sites, "SELECT concat(id, name, length(big)) FROM nick WHERE id < 3"))
                    .isEqualTo("1nick29000 2nick19000");
            sites.requireEqual(
                    TABLES.stream().filter(table -> !table.equals("badge")).toList(), "t::text");
            assertThat(sites.value(
                            "east", "SELECT string_agg(concat(table_name, ' ', error), ';') FROM entwine.parked"))
                    .matches("badge .*not here.*");
        }
    }

    @Test
    void a_merge_of_columns_that_would_break_a_check_gives_way_to_the_whole_row() throws Exception {
        try (Sites sites = start(PostgresBinaries.bundled(), "east", "west")) {
            sites.execute("east", "UPDATE share SET a = 8 WHERE id = 1");
            sites.execute("west", "UPDATE share SET b = 7 WHERE id = 1");
            sites.execute("east", "UPDATE share SET a = 2 WHERE id = 2");
            sites.execute("west", "UPDATE share SET b = 3 WHERE id = 2");
            synchronize(sites);
            assertThat(all(sites, "SELECT concat(id, '=', a, '+', b) FROM share WHERE id < 3"))
                    .isEqualTo("1=1+7 2=2+3");
            assertThat(journal(sites, "east"))
                    .contains("share 1 check merge west decided")
                    .contains("share 1 update_update merge merged decided")
                    .contains("share 2 update_update merge merged decided");
        }
    }

    @Test
    void three_sites_agree_and_a_new_engine_goes_on_with_what_the_old_one_decided() throws Exception {
        try (Sites sites = start(PostgresBinaries.bundled(), "east", "north", "west")) {
            sites.execute("east", "INSERT INTO customer VALUES (101, 'bob', 'E', 30)");
            sites.execute("north", "INSERT INTO customer VALUES (102, 'bob', 'N', 30)");
            sites.execute("west", "INSERT INTO customer VALUES (103, 'bob', 'W', 30)");
            sites.execute("east", "INSERT INTO purchase VALUES (101, 101, 'with its customer')");
            sites.execute("north", "DELETE FROM customer WHERE id = 5");
            sites.execute("west", "INSERT INTO purchase VALUES (105, 5, 'late')");
            Process engine = sites.engine();
            for (String site : sites.names()) {
                while (sites.value(site, "SELECT count(*) FROM entwine.conflict")
                        .equals("0")) {
                    assertThat(engine.isAlive()).isTrue();
                }
            }
            engine.destroyForcibly().waitFor();
            sites.execute(
                    "east",
                    "UPDATE customer SET email = 'bob' WHERE id = 6 AND NOT EXISTS"
                            + " (SELECT FROM customer WHERE email = 'bob')");
            synchronize(sites);
            assertThat(all(sites, "SELECT id FROM customer WHERE id IN (5, 101, 102, 103)"))
                    .isEqualTo("103 5");
            assertThat(all(sites, "SELECT id FROM purchase WHERE id > 100")).isEqualTo("105");
            assertThat(journal(sites, "north")).contains("purchase 101 foreign_key quarantine_child east open");
        }
    }
}
