package dev.entwine.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entwine.embedded.PostgresBinaries;
import dev.entwine.embedded.PostgresOptions;
import dev.entwine.testkit.PostgresVersions;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Changes that are decided together: written apart, then brought together. */
final class ScopeIT {
    private static final String SCHEMA = """
        CREATE TABLE account (id int PRIMARY KEY, balance int NOT NULL);
        CREATE TABLE booking (id int PRIMARY KEY, a int REFERENCES account, b int REFERENCES account, amount int);
        CREATE TABLE purchase (id int PRIMARY KEY, status text, note text);
        CREATE TABLE line (purchase int REFERENCES purchase, nr int, what text, amount int, PRIMARY KEY (purchase, nr));
        CREATE TABLE plain (id int PRIMARY KEY, n int);
        ALTER TABLE purchase ALTER note SET STORAGE EXTERNAL;
        INSERT INTO account SELECT i, 100 FROM generate_series(1, 40) i;
        INSERT INTO purchase SELECT i, 'new', repeat('n', 9000) FROM generate_series(1, 9) i;
        INSERT INTO line SELECT i, j, 'thing', 1 FROM generate_series(1, 9) i, generate_series(1, 3) j;
        INSERT INTO plain SELECT i, 0 FROM generate_series(1, 9) i;
        """;

    private static final String RULES = """
          - match: public.account
            scope: transaction
          - match: public.booking
            scope: transaction
          - match: public.purchase
            scope: object
          - match: public.line
            scope: object
          - match: public.*
        """;

    private static final List<String> TABLES = List.of("account", "booking", "purchase", "line", "plain");
    private static final int KILLS_AFTER_MS = 1200;

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
                "SELECT string_agg(entry, '; ' ORDER BY entry) FROM (SELECT DISTINCT concat_ws(' ', table_name, (SELECT"
                        + " string_agg(value, ',') FROM jsonb_each_text(key)), kind, winner, status) FROM"
                        + " entwine.conflict) t(entry)");
    }

    private static void transfer(Sites sites, String site, int id, int from, int to, int amount) throws SQLException {
        sites.execute(site, """
            BEGIN;
            UPDATE account SET balance = balance - %3$d WHERE id = %1$d;
            UPDATE account SET balance = balance + %3$d WHERE id = %2$d;
            INSERT INTO booking VALUES (%4$d, %1$d, %2$d, %3$d);
            COMMIT
            """.formatted(from, to, amount, id));
    }

    /** What the accounts hold, beside what the bookings say. */
    private static String accounts(Sites sites, String site, String ids) throws SQLException {
        return sites.value(
                site,
                "SELECT string_agg(id || '=' || balance, ' ' ORDER BY id) || ' | ' || (SELECT"
                        + " string_agg(id::text, ' ' ORDER BY id) FROM booking) FROM account WHERE id IN (" + ids
                        + ")");
    }

    @ParameterizedTest
    @MethodSource("oldestAndNewest")
    void a_transaction_that_loses_one_row_loses_them_all(PostgresBinaries version) throws Exception {
        try (Sites sites = start(version, "east", "west")) {
            transfer(sites, "east", 1, 1, 2, 10);
            transfer(sites, "west", 2, 1, 3, 30);
            transfer(sites, "west", 3, 11, 12, 5);
            transfer(sites, "east", 4, 13, 12, 7);
            sites.execute(
                    "east",
                    "BEGIN; DELETE FROM booking WHERE id = 4; UPDATE account SET balance = 93 WHERE id ="
                            + " 12; UPDATE account SET balance = 107 WHERE id = 14; COMMIT");
            synchronize(sites);
            assertThat(accounts(sites, "east", "1, 2, 3, 11, 12, 13, 14"))
                    .isEqualTo("1=70 2=100 3=130 11=100 12=93 13=93 14=107 | 2");
            assertThat(sites.value(
                            "west",
                            "SELECT reason FROM entwine.conflict WHERE table_name = 'account' AND key ->> 'id' = '2'"))
                    .startsWith("its transaction lost row (1) of public.account to the one of site west: committed at");
            assertThat(journal(sites, "east"))
                    .isEqualTo("account 1 update_update west decided; account 11 transaction merged decided;"
                            + " account 12 update_update east decided;"
                            + " account 2 transaction merged decided; booking 1 transaction west decided; booking 3"
                            + " transaction east decided");
            String entry = sites.value(
                    "east", "SELECT id FROM entwine.conflict WHERE table_name = 'account' AND key ->> 'id' = '2'");
            sites.command(0, "conflicts", "keep", entry, "--site", "east");
            String other = sites.value(
                    "east", "SELECT id FROM entwine.conflict WHERE table_name = 'account' AND key ->> 'id' = '11'");
            sites.command(0, "conflicts", "keep", other, "--site", "east");
            synchronize(sites);
            assertThat(accounts(sites, "west", "1, 2, 11")).isEqualTo("1=70 2=110 11=100 | 2");
        }
    }

    @ParameterizedTest
    @MethodSource("oldestAndNewest")
    void an_object_is_as_one_site_left_it(PostgresBinaries version) throws Exception {
        try (Sites sites = start(version, "east", "west")) {
            // different rows of one object, the root among them
            sites.execute("east", "UPDATE purchase SET status = 'sent' WHERE id = 1");
            sites.execute("west", "UPDATE line SET amount = 5 WHERE purchase = 1 AND nr = 1");
            // different rows, not the root; the loser's transaction changed another object and a row of no object too
            sites.execute(
                    "east",
                    "BEGIN; UPDATE line SET amount = 7 WHERE purchase = 2 AND nr = 1; DELETE FROM line WHERE purchase"
                            + " = 2 AND nr = 2; UPDATE line SET amount = 8 WHERE purchase = 3; UPDATE plain SET n = 1"
                            + " WHERE id = 1; COMMIT");
            sites.execute("west", "INSERT INTO line VALUES (2, 4, 'more', 1)");
            // one deletes the object, the other adds to it
            sites.execute("west", "INSERT INTO line VALUES (4, 4, 'more', 1)");
            sites.execute(
                    "east", "BEGIN; DELETE FROM line WHERE purchase = 4; DELETE FROM purchase WHERE id = 4; COMMIT");
            sites.execute(
                    "east", "BEGIN; DELETE FROM line WHERE purchase = 5; DELETE FROM purchase WHERE id = 5; COMMIT");
            sites.execute("west", "INSERT INTO line VALUES (5, 4, 'more', 1)");
            // no conflict: each its own object
            sites.execute("east", "UPDATE line SET amount = 2 WHERE purchase = 6");
            sites.execute("west", "UPDATE line SET amount = 3 WHERE purchase = 7");
            synchronize(sites);
            assertThat(sites.rows(
                            "west",
                            "SELECT p.id, concat(status, length(note), (SELECT string_agg(concat(' ', nr, what,"
                                    + " amount), '' ORDER BY nr) FROM line WHERE purchase = p.id)) FROM purchase p"))
                    .containsEntry("1", "new9000 1thing5 2thing1 3thing1")
                    .containsEntry("2", "new9000 1thing1 2thing1 3thing1 4more1")
                    .containsEntry("3", "new9000 1thing8 2thing8 3thing8")
                    .doesNotContainKey("4")
                    .containsEntry("5", "new9000 1thing1 2thing1 3thing1 4more1")
                    .containsEntry("6", "new9000 1thing2 2thing2 3thing2")
                    .containsEntry("7", "new9000 1thing3 2thing3 3thing3");
            assertThat(sites.value("west", "SELECT n FROM plain WHERE id = 1")).isEqualTo("1");
            assertThat(sites.value("east", "SELECT count(*) FROM line WHERE purchase = 4"))
                    .isEqualTo("0");
            assertThat(sites.value("east", "SELECT count(*) FROM entwine.conflict WHERE kind = 'object'"))
                    .isEqualTo("6");
        }
    }

    @Test
    void money_that_is_moved_at_three_sites_stays_the_same_in_all_whatever_loses() throws Exception {
        long seed = Long.getLong("scope.seed", 7);
        Random random = new Random(seed);
        try (Sites sites = start(PostgresBinaries.bundled(), "east", "west", "north")) {
            int id = 1000;
            for (int round = 0; round < 3; round++) {
                List<Integer> from = new ArrayList<>();
                for (int i = 1; i <= 40; i++) {
                    from.add(i);
                }
                for (String site : sites.names()) {
                    // each site uses an account once a round, so nobody builds on what may be lost
                    Collections.shuffle(from, random);
                    for (int i = 0; i < 24; i += 2) {
                        transfer(sites, site, id++, from.get(i), from.get(i + 1), 1 + random.nextInt(9));
                    }
                }
                Process engine = sites.engine();
                assertThat(engine.waitFor(KILLS_AFTER_MS + 300L * round, TimeUnit.MILLISECONDS))
                        .as("the engine ends by itself")
                        .isFalse();
                engine.destroyForcibly().waitFor();
                synchronize(sites);
                assertThat(sites.value("north", "SELECT sum(balance) FROM account"))
                        .as("seed %d, round %d", seed, round)
                        .isEqualTo("4000");
                assertThat(sites.value("north", """
                    SELECT count(*) FROM account a WHERE balance <> 100
                      - coalesce((SELECT sum(amount) FROM booking WHERE a = a.id), 0)
                      + coalesce((SELECT sum(amount) FROM booking WHERE b = a.id), 0)
                    """))
                        .as("accounts that are not what their bookings make, seed %d, round %d", seed, round)
                        .isEqualTo("0");
            }
            assertThat(Integer.parseInt(
                            sites.value("east", "SELECT count(*) FROM entwine.conflict WHERE kind = 'transaction'")))
                    .isPositive();
        }
    }

    @Test
    void a_scope_that_cannot_hold_is_refused_with_its_place() throws Exception {
        try (Sites sites = Sites.start(PostgresBinaries.bundled(), PostgresOptions.DEFAULTS, "east", "west")
                .withRules("""
                      - match: public.account
                        on_conflict: earliest
                        scope: transaction
                      - match: public.booking
                        scope: transaction
                        columns: {amount: sum}
                      - match: public.purchase
                        scope: object
                      - match: public.line
                        scope: object
                      - match: public.part
                        scope: object
                      - match: public.*
                        scope: row
                    """)) {
            sites.everywhere(SCHEMA);
            sites.everywhere(
                    "CREATE TABLE part (id int PRIMARY KEY, p int, nr int, FOREIGN KEY (p, nr) REFERENCES line)");
            assertThat(sites.command(2, "check"))
                    .contains(
                            ":13:12: scope: transaction is for on_conflict: latest, and table public.account has"
                                    + " earliest",
                            ":15:12: scope: transaction decides whole rows, and table public.booking has columns with"
                                    + " policies of their own",
                            ":22:12: table public.part refers to public.line, which is itself part of another object");
        }
    }
}
