package dev.entwine.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entwine.embedded.PostgresBinaries;
import dev.entwine.embedded.PostgresOptions;
import java.nio.file.Files;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** {@code conflicts keep} and {@code undo}: at one site, carried to all others, with the engine running, stopped and killed. */
final class RevisionIT {
    private static final long STOP_SECONDS_MAX = 20;
    private static final String SCHEMA = """
        CREATE TABLE t (id int PRIMARY KEY, v text, w text);
        CREATE TABLE m (id int PRIMARY KEY, v text, w text);
        ALTER TABLE t REPLICA IDENTITY FULL;
        INSERT INTO t SELECT i, 'base', 'base' FROM generate_series(1, 20) i;
        INSERT INTO m SELECT i, 'base', 'base' FROM generate_series(1, 20) i
        """;
    private static final String RULES = "  - match: public.m\n    on_conflict: manual\n  - match: public.*\n";
    private static final String JOURNAL =
            "SELECT md5(string_agg((to_jsonb(c) - 'finished')::text, ',' ORDER BY id)) FROM entwine.conflict c";

    private static Sites start(String rules, String schema, String... names) throws Exception {
        Sites sites = Sites.start(PostgresBinaries.bundled(), PostgresOptions.DEFAULTS, names)
                .withRules(rules);
        sites.everywhere(schema);
        sites.command(0, "init", "--equal");
        return sites;
    }

    /** A conflict of two sites, the first of which commits earlier, and so loses under latest; its id. */
    private static String collide(Sites sites, String table, int id, String first, String second) throws Exception {
        sites.execute(first, "UPDATE " + table + " SET v = '" + first + "' WHERE id = " + id);
        sites.execute(second, "UPDATE " + table + " SET v = '" + second + "' WHERE id = " + id);
        return table + ":" + id;
    }

    private static String id(Sites sites, String table, int key) throws Exception {
        return sites.value(
                "east",
                "SELECT id FROM entwine.conflict WHERE table_name = '" + table + "' AND key->>'id' = '" + key
                        + "' ORDER BY stamp DESC, vector DESC");
    }

    private static void requireAlike(Sites sites) throws Exception {
        sites.requireEqual(List.of("t", "m"), "id::text");
        String first = sites.value(sites.names().getFirst(), JOURNAL);
        for (String site : sites.names()) {
            assertThat(sites.value(site, JOURNAL)).as("journal of " + site).isEqualTo(first);
        }
    }

    private static String row(Sites sites, String site, String table, int id) throws Exception {
        return sites.value(site, "SELECT v || ' ' || w FROM " + table + " WHERE id = " + id);
    }

    private static String status(Sites sites, String site, String id) throws Exception {
        return sites.value(
                site,
                "SELECT status || ' ' || coalesce(string_agg(r->>'command' || ' ' || coalesce(r->>'stands', '-'), ','"
                        + " ORDER BY r->>'at'), '') FROM entwine.conflict c LEFT JOIN LATERAL"
                        + " jsonb_array_elements(revisions) r ON true WHERE id = '" + id + "' GROUP BY status");
    }

    @Test
    void what_is_kept_or_undone_with_the_engine_running_stands_everywhere_and_in_every_journal() throws Exception {
        try (Sites sites = start(RULES, SCHEMA, "east", "west")) {
            collide(sites, "m", 1, "east", "west");
            collide(sites, "m", 2, "east", "west");
            for (int id = 1; id <= 5; id++) {
                collide(sites, "t", id, "east", "west");
            }
            sites.execute("east", "UPDATE t SET v = 'east' WHERE id = 6");
            sites.execute("west", "DELETE FROM t WHERE id = 6");
            sites.execute("east", "DELETE FROM t WHERE id = 7");
            sites.execute("west", "UPDATE t SET v = 'west' WHERE id = 7");
            Process engine = sites.engine();
            sites.command(0, "wait");
            assertThat(status(sites, "west", id(sites, "m", 1))).isEqualTo("open ");

            String said = sites.command(0, "conflicts", "keep", id(sites, "m", 1), "--site", "east");
            assertThat(said).contains("public.m id=1: the version of east stands: set v (at site east)");
            sites.command(0, "conflicts", "keep", id(sites, "m", 2), "--site", "west");
            sites.command(0, "conflicts", "undo", id(sites, "t", 1), id(sites, "t", 2));
            sites.command(0, "conflicts", "keep", id(sites, "t", 3), "--site", "east");
            assertThat(sites.command(0, "conflicts", "undo", id(sites, "t", 6))).contains("the row is there again");
            assertThat(sites.command(0, "conflicts", "undo", id(sites, "t", 7))).contains("the row is deleted");
            sites.command(0, "wait");
            requireAlike(sites);
            assertThat(row(sites, "west", "m", 1)).isEqualTo("east base");
            assertThat(row(sites, "west", "m", 2)).isEqualTo("west base");
            assertThat(row(sites, "west", "t", 1)).isEqualTo("east base");
            assertThat(row(sites, "west", "t", 2)).isEqualTo("east base");
            assertThat(row(sites, "west", "t", 3)).isEqualTo("east base");
            assertThat(row(sites, "west", "t", 6)).isEqualTo("east base");
            assertThat(sites.value("west", "SELECT count(*) FROM t WHERE id = 7"))
                    .isEqualTo("0");
            assertThat(status(sites, "west", id(sites, "m", 1))).isEqualTo("decided keep east");
            assertThat(status(sites, "west", id(sites, "m", 2))).isEqualTo("decided keep west");
            assertThat(status(sites, "west", id(sites, "t", 2))).isEqualTo("undone undo east");
            assertThat(sites.value("west", "SELECT count(*) FROM entwine.conflict"))
                    .isEqualTo("9");

            assertThat(sites.command(3, "conflicts", "undo", id(sites, "t", 1))).contains("it was undone already");
            sites.command(0, "conflicts", "keep", id(sites, "t", 1), "--site", "west");
            sites.command(0, "conflicts", "undo", id(sites, "t", 3));
            sites.command(0, "wait");
            requireAlike(sites);
            assertThat(row(sites, "west", "t", 1)).isEqualTo("west base");
            assertThat(status(sites, "west", id(sites, "t", 1))).isEqualTo("decided undo east,keep west");
            assertThat(row(sites, "west", "t", 3)).isEqualTo("west base");
            assertThat(sites.command(0, "status", "--json")).contains("\"open_conflicts\":0");

            sites.execute("east", "UPDATE t SET w = 'moved' WHERE id = 4");
            String journal = sites.value("east", JOURNAL);
            String refused = sites.command(3, "conflicts", "undo", id(sites, "t", 5), id(sites, "t", 4));
            assertThat(refused)
                    .contains("not done  " + id(sites, "t", 5))
                    .contains("at site east w is 'moved' and was 'base'; written there by transaction ")
                    .contains("nothing was done for any of the 2");
            assertThat(sites.value("east", JOURNAL)).isEqualTo(journal);
            assertThat(row(sites, "east", "t", 5)).isEqualTo("west base");
            Sites.stop(engine);
        }
    }

    @Test
    void what_is_revised_while_a_site_is_away_and_engines_are_killed_arrives_once_at_all_three() throws Exception {
        try (Sites sites = start(RULES, SCHEMA, "east", "west", "north")) {
            for (int id = 1; id <= 6; id++) {
                collide(sites, "t", id, "east", "west");
                collide(sites, "m", id, "east", "north");
            }
            Process engine = sites.engine();
            sites.command(0, "wait");
            engine.destroyForcibly().waitFor(STOP_SECONDS_MAX, TimeUnit.SECONDS);
            String asked = id(sites, "m", 5);
            sites.server("north").stop();
            String said = sites.command(0, "conflicts", "keep", id(sites, "m", 1), "--site", "east");
            assertThat(said).contains("site north").contains("the engine does not run");
            sites.command(0, "conflicts", "keep", id(sites, "m", 2), "--site", "north");
            sites.command(0, "conflicts", "undo", id(sites, "t", 1), id(sites, "t", 2));
            sites.execute("west", "UPDATE t SET w = 'later' WHERE id = 3");
            sites.command(0, "conflicts", "undo", id(sites, "t", 3)); // west's change is not here yet: a conflict
            sites.server("north").restart();

            // Two who do not know of each other: one closes it, the other decides otherwise.
            sites.server("east").stop();
            assertThat(sites.command(0, "conflicts", "keep", asked, "--site", "north"))
                    .contains("(at site west)");
            sites.server("east").restart();
            assertThat(sites.command(0, "conflicts", "keep", asked, "--site", "east"))
                    .contains("(at site east)");
            sites.execute("east", "UPDATE m SET w = 'by hand' WHERE id = 4");
            assertThat(sites.command(3, "conflicts", "keep", id(sites, "m", 4), "--site", "north"))
                    .contains("or close this one with 'keep " + id(sites, "m", 4) + " --as-is'");
            sites.command(0, "conflicts", "keep", id(sites, "m", 4), "--as-is");
            for (int kill = 0; kill < 3; kill++) {
                Process killed = sites.engine();
                assertThat(killed.waitFor(900 + 500L * kill, TimeUnit.MILLISECONDS))
                        .as("an engine ends by itself: " + Files.readString(sites.engineLog()))
                        .isFalse();
                killed.destroyForcibly().waitFor(STOP_SECONDS_MAX, TimeUnit.SECONDS);
                sites.command(0, "conflicts", "undo", id(sites, "t", 4 + kill));
            }
            Process last = sites.engine();
            sites.command(0, "wait", "--timeout", "90s");
            requireAlike(sites);
            assertThat(row(sites, "north", "m", 1)).isEqualTo("east base");
            assertThat(row(sites, "north", "m", 2)).isEqualTo("north base");
            assertThat(status(sites, "north", id(sites, "m", 1))).isEqualTo("decided keep east");
            assertThat(row(sites, "north", "m", 5)).isEqualTo("east base");
            assertThat(status(sites, "north", asked)).isEqualTo("decided keep north,keep east");
            assertThat(row(sites, "west", "m", 4)).isEqualTo("north by hand");
            assertThat(status(sites, "west", id(sites, "m", 4))).isEqualTo("decided keep -");
            assertThat(row(sites, "north", "t", 1)).isEqualTo("east base");
            for (int id = 4; id <= 6; id++) {
                assertThat(row(sites, "north", "t", id)).isEqualTo("east base");
                assertThat(status(sites, "north", id(sites, "t", id))).isEqualTo("undone undo east");
            }
            assertThat(sites.value(
                            "north",
                            "SELECT count(*) FROM entwine.conflict WHERE key->>'id' = '3'" + " AND table_name = 't'"))
                    .as("the undo met a change that it had not seen")
                    .isEqualTo("2");
            Sites.stop(last);
        }
    }

    @Test
    void what_the_database_or_the_entry_does_not_allow_is_refused_and_nothing_is_half_done() throws Exception {
        String schema = """
            CREATE TABLE t (id int PRIMARY KEY, v text UNIQUE, w text, big text, l int GENERATED ALWAYS AS (length(v)) STORED,
                            n int GENERATED ALWAYS AS IDENTITY, CHECK (w <> 'bad'));
            CREATE TABLE m (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, v text, w text);
            CREATE TABLE touched (what text);
            CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS
                'BEGIN INSERT INTO touched VALUES (TG_OP); RETURN new; END';
            CREATE TRIGGER touch BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION touch();
            INSERT INTO t (id, v, w) SELECT i, 'base' || i, 'base' FROM generate_series(1, 9) i;
            INSERT INTO m (v, w) SELECT 'base', 'base' FROM generate_series(1, 9) i
            """;
        try (Sites sites = start("  - match: public.t\n  - match: public.m\n", schema, "east", "west")) {
            for (int id = 1; id <= 6; id++) {
                sites.execute("east", "UPDATE t SET v = 'east" + id + "' WHERE id = " + id);
                sites.execute("west", "UPDATE t SET v = 'west" + id + "' WHERE id = " + id);
            }
            sites.execute("east", "UPDATE m SET v = 'east' WHERE id = 1");
            sites.execute("west", "DELETE FROM m WHERE id = 1");
            Process engine = sites.engine();
            sites.command(0, "wait");
            Sites.stop(engine);
            sites.everywhere("TRUNCATE touched");
            sites.command(0, "conflicts", "undo", id(sites, "t", 1));
            assertThat(sites.value("east", "SELECT v || l || n FROM t WHERE id = 1"))
                    .isEqualTo("east151");
            assertThat(sites.value("east", "SELECT string_agg(what, ',') FROM touched"))
                    .as("triggers, which look where the application looks")
                    .isEqualTo("UPDATE");
            sites.command(0, "conflicts", "undo", id(sites, "m", 1));
            assertThat(row(sites, "east", "m", 1)).isEqualTo("east base");

            sites.execute("east", "INSERT INTO t (id, v) VALUES (100, 'east2')");
            assertThat(sites.command(3, "conflicts", "undo", id(sites, "t", 3), id(sites, "t", 2)))
                    .contains("the database does not take the row: ERROR: duplicate key value violates unique")
                    .contains("not done  " + id(sites, "t", 3));
            assertThat(sites.value("east", "SELECT v FROM t WHERE id = 3")).isEqualTo("west3");
            assertThat(status(sites, "east", id(sites, "t", 3))).isEqualTo("decided ");

            sites.execute(
                    "east",
                    "UPDATE entwine.conflict SET losers = losers #- '{0,image,big}' WHERE id = '" + id(sites, "t", 4)
                            + "'");
            assertThat(sites.command(3, "conflicts", "undo", id(sites, "t", 4)))
                    .contains("the log left out the large value of big");
            assertThat(sites.command(2, "conflicts", "keep", id(sites, "t", 4), "--site", "south"))
                    .contains("there is no 'south'");
            assertThat(sites.command(1, "conflicts", "undo", "nonsense")).contains("no conflict 'nonsense'");
            assertThat(sites.command(2, "conflicts", "keep", id(sites, "t", 4))).contains("--site SITE");
            assertThat(sites.command(3, "conflicts", "keep", id(sites, "t", 4), "--as-is"))
                    .contains("it is closed already");
            sites.everywhere("ALTER TABLE t ADD COLUMN added int");
            assertThat(sites.command(3, "conflicts", "undo", id(sites, "t", 5)))
                    .contains("the columns of table public.t at site east have changed since: added is new");
            sites.everywhere("ALTER TABLE t DROP COLUMN added, DROP COLUMN w");
            assertThat(sites.command(3, "conflicts", "undo", id(sites, "t", 5)))
                    .contains("have changed since: w is not there any more");
        }
    }
}
