package dev.entwine.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entwine.embedded.PostgresBinaries;
import dev.entwine.embedded.PostgresOptions;
import dev.entwine.testkit.PostgresVersions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Ids that two sites give to different things, and things to which they give different ids: the schema is that of {@code examples/ccdb}. */
final class RekeyIT {
    static final Path EXAMPLE = Path.of("..", "examples", "ccdb");
    static final List<String> TABLES = List.of("path", "content_type", "metadata_key", "object", "path_total");

    /** Each object by what it stands for, whatever the ids are. */
    private static final String MEANING = """
        SELECT string_agg(concat_ws(' ', right(o.id::text, 4), p.path, c.name,
                   (SELECT string_agg(k.name || '=' || e.value, ',' ORDER BY k.name)
                    FROM each(o.metadata) e JOIN metadata_key k ON k.id = e.key::int)), '; ' ORDER BY o.id)
        FROM object o JOIN path p ON p.id = o.path LEFT JOIN content_type c ON c.id = o.content_type
        """;

    private static final String TOTALS =
            "SELECT string_agg(concat_ws(' ', p.path, t.objects, t.bytes), '; ' ORDER BY p.path)"
                    + " FROM path_total t JOIN path p ON p.id = t.path";

    static List<PostgresBinaries> oldestAndNewest() {
        List<PostgresBinaries> all = PostgresVersions.all();
        return List.of(all.getFirst(), all.getLast());
    }

    private static Sites start(PostgresBinaries version, String... names) throws Exception {
        Sites sites = Sites.start(version, PostgresOptions.DEFAULTS, names).withRules(rules());
        sites.everywhere(Files.readString(EXAMPLE.resolve("ccdb.sql")));
        sites.command(0, "init", "--equal");
        return sites;
    }

    static String rules() throws IOException {
        String text = Files.readString(EXAMPLE.resolve("ccdb-rules.yaml"));
        return text.substring(text.indexOf('\n') + 1);
    }

    private static void synchronize(Sites sites) throws Exception {
        sites.bringInStep();
        sites.requireEqual(TABLES, "t::text");
        for (String site : sites.names()) {
            assertThat(sites.value(site, "SELECT count(*) FROM entwine.parked")).isEqualTo("0");
            assertThat(sites.value(site, "SELECT count(*) FROM entwine.conflict WHERE status = 'open'"))
                    .isEqualTo("0");
        }
    }

    private static void object(Sites sites, String site, int number, String path, String type, String... metadata)
            throws SQLException {
        for (String word : metadata) {
            sites.execute(
                    site, "INSERT INTO metadata_key (name) VALUES ('" + word + "') ON CONFLICT (name) DO NOTHING");
        }
        sites.execute(
                site,
                "INSERT INTO path (path) VALUES ('" + path + "') ON CONFLICT (path) DO NOTHING;"
                        + "INSERT INTO content_type (name) VALUES ('" + type + "') ON CONFLICT (name) DO NOTHING;"
                        + "INSERT INTO object VALUES ('00000000-0000-0000-0000-" + "%012d".formatted(number)
                        + "', (SELECT id FROM path WHERE path = '" + path
                        + "'), (SELECT id FROM content_type WHERE name = '" + type
                        + "'), '[2026-01-01,2026-02-01)', 100, '10.0.0.1', '{1,2}', (SELECT coalesce(hstore(array_agg("
                        + "id::text), array_agg('v" + number + "'::text)), '') FROM metadata_key WHERE name = ANY ('{"
                        + String.join(",", metadata) + "}')))");
    }

    @ParameterizedTest
    @MethodSource("oldestAndNewest")
    void what_two_sites_call_differently_becomes_one_and_what_they_call_alike_stays_two(PostgresBinaries version)
            throws Exception {
        try (Sites sites = start(version, "east", "west")) {
            object(sites, "east", 1, "/a", "root", "run", "period");
            object(sites, "east", 2, "/b", "text", "period", "quality");
            object(sites, "east", 3, "/c", "text", "run");
            object(sites, "west", 4, "/b", "text", "quality", "author");
            object(sites, "west", 5, "/a", "root", "author", "run");
            object(sites, "west", 6, "/d", "json", "period");
            object(sites, "west", 7, "/a", "json");
            synchronize(sites);
            assertThat(sites.value("west", MEANING))
                    .isEqualTo("0001 /a root period=v1,run=v1; 0002 /b text period=v2,quality=v2; 0003 /c text run=v3;"
                            + " 0004 /b text author=v4,quality=v4; 0005 /a root author=v5,run=v5;"
                            + " 0006 /d json period=v6; 0007 /a json");
            assertThat(sites.value("east", TOTALS)).isEqualTo("/a 3 300; /b 2 200; /c 1 100; /d 1 100");
            assertThat(sites.value("west", "SELECT string_agg(path, ' ' ORDER BY path) FROM path"))
                    .isEqualTo("/a /b /c /d");
        }
    }

    /** The two sites go on by themselves after they were put together, with sequences that both count by one. */
    @Test
    void ids_that_came_from_elsewhere_are_not_given_out_again() throws Exception {
        try (Sites sites = start(PostgresVersions.all().getLast(), "east", "west")) {
            for (int round = 0; round < 3; round++) {
                object(sites, "east", 10 * round, "/e" + round, "root", "x" + round);
                object(sites, "west", 10 * round + 1, "/w" + round, "root", "y" + round);
                object(sites, "west", 10 * round + 2, "/v" + round, "text", "x" + round);
                synchronize(sites);
            }
            assertThat(sites.value("east", "SELECT count(*) FROM path")).isEqualTo("9");
            assertThat(sites.value("east", "SELECT count(*) FROM metadata_key")).isEqualTo("6");
            assertThat(sites.value("east", "SELECT count(*) FROM entwine.rekeyed")
                            + sites.value("west", "SELECT count(*) FROM entwine.rekeyed"))
                    .as("only what was written at the same time got other ids")
                    .matches("[0-9]{1,2}");
        }
    }

    @Test
    void three_sites_agree_on_what_is_meant() throws Exception {
        try (Sites sites = start(PostgresVersions.all().getLast(), "east", "north", "west")) {
            int number = 0;
            for (String site : sites.names()) {
                for (String path : List.of("/a", "/b", "/" + site)) {
                    object(sites, site, ++number, path, site, path.substring(1), "all", site);
                }
            }
            object(sites, "north", ++number, "/b", "root", "east");
            synchronize(sites);
            StringBuilder expected = new StringBuilder();
            number = 0;
            for (String site : sites.names()) {
                for (String path : List.of("a", "b", site)) {
                    number++;
                    String value = "=v" + number;
                    String words = Stream.of(path, "all", site)
                            .distinct()
                            .sorted()
                            .map(word -> word + value)
                            .collect(Collectors.joining(","));
                    expected.append("%04d /%s %s %s; ".formatted(number, path, site, words));
                }
            }
            assertThat(sites.value("west", MEANING)).isEqualTo(expected + "0010 /b root east=v10");
        }
    }

    @Test
    void why_tells_where_an_id_came_from() throws Exception {
        try (Sites sites = start(PostgresVersions.all().getLast(), "east", "west")) {
            sites.execute("east", "INSERT INTO path (path) VALUES ('/east')");
            sites.execute("west", "INSERT INTO path (path) VALUES ('/west')");
            synchronize(sites);
            assertThat(sites.command(0, "why", "path", "2"))
                    .contains("a row got the id 2 instead of 1 at ")
                    .contains("another site had given this id to something else");
            assertThat(sites.command(0, "why", "path", "1", "--json")).contains("\"from\":\"1\",\"to\":\"2\"");
        }
    }

    @Test
    void rules_that_cannot_work_are_refused_with_the_place_and_what_is_allowed() throws Exception {
        try (Sites sites = Sites.start(PostgresVersions.all().getLast(), PostgresOptions.DEFAULTS, "east", "west")) {
            sites.everywhere("""
                CREATE TABLE pair (a int, b int, PRIMARY KEY (a, b));
                CREATE TABLE word (id int PRIMARY KEY, word text, note text UNIQUE);
                CREATE TABLE tag (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text UNIQUE);
                CREATE TABLE code (id text PRIMARY KEY, price numeric UNIQUE);
                CREATE TABLE good (id int PRIMARY KEY, name text UNIQUE, kind int, UNIQUE (kind, id));
                CREATE TABLE item (id int PRIMARY KEY, good int, kind int, goods int[], label text,
                                   FOREIGN KEY (kind, good) REFERENCES good (kind, id));
                """);
            String rules = """
                  - match: public.pair
                    on_same_id: rekey
                  - match: public.word
                    natural_key: [word]
                  - match: public.tag
                    natural_key: [name]
                  - match: public.code
                    natural_key: [price]
                    on_same_id: rekey
                  - match: public.good
                    natural_key: [name]
                  - match: public.item
                    references:
                      goods: elements(public.good)
                      label: keys(public.good)
                      kind: value(public.word)
                """;
            sites.withRules(rules);
            String problems = sites.command(2, "check");
            assertThat(problems)
                    .contains("table public.pair has a key of 2 columns, and ids are one")
                    .contains("table public.word has no unique index on just [word]", "allowed: [note]")
                    .contains("column id of table public.tag is GENERATED ALWAYS")
                    .contains("SET GENERATED BY DEFAULT")
                    .contains("column price of table public.code has the type numeric, of which equal values may be")
                    .contains("column id of table public.code has the type text, and ids that are made anew must be")
                    .contains("foreign key item_kind_good_fkey of table public.item refers to the id of table")
                    .contains("column label of table public.item has the type text, which has no keys")
                    .contains("the ids of table public.word never change; allowed are tables with natural_key or")
                    .contains("entwine.yaml:");
            sites.withRules(rules.replace("value(public.word)", "ids(public.good)"));
            assertThat(sites.command(2, "check"))
                    .contains("'ids(public.good)' names no ids; allowed: value(schema.table), elements(schema.table)");
        }
    }
}
