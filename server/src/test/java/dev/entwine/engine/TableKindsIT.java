package dev.entwine.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entwine.embedded.PostgresBinaries;
import dev.entwine.embedded.PostgresOptions;
import dev.entwine.testkit.PostgresVersions;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Tables of unusual shapes: names that are keywords, quotes, statements, or what the engine's own statements call things; 1,600 columns;
 * keys that are long, composed, the whole row or on the move; columns that the server fills; partitions; columns in another order.
 */
final class TableKindsIT {
    private static final int COLUMNS_MAX = 1_600;

    /** Each column of the same name as the table, quoted, and a key of which no two rows have the same part. */
    private static final List<String> NAMES = List.of(
            "select",
            "it's; DROP TABLE x; --",
            "Ünï \"code\" 😀",
            "a.b",
            "two\nlines",
            "%s $1 ? {} \\",
            "v",
            "t",
            "n",
            "c0",
            "w",
            "r",
            "old",
            "new",
            "excluded",
            "entwine_n",
            "entwine_new",
            "id",
            "\u00e9" + "x".repeat(61));

    static List<PostgresBinaries> versions() {
        return List.of(PostgresVersions.oldest(), PostgresVersions.newest());
    }

    @ParameterizedTest
    @MethodSource("versions")
    void tables_of_every_shape_are_kept_in_step(PostgresBinaries version) throws Exception {
        try (Sites sites = Sites.start(
                        name -> name.equals("west") ? PostgresVersions.newest() : version,
                        name -> PostgresOptions.DEFAULTS,
                        "east",
                        "west")
                .withRules("  - match: \"*.*\"\n")) {
            sites.everywhere(named() + shaped());
            sites.execute("east", """
                CREATE TABLE moved (gone int, a int, b text, id int PRIMARY KEY, c text UNIQUE);
                ALTER TABLE moved DROP gone\
                """);
            sites.execute("west", """
                CREATE TABLE moved (c text UNIQUE, id int PRIMARY KEY, lost text, b text, a int);
                ALTER TABLE moved DROP lost\
                """);
            sites.command(0, "init", "--equal");
            step(sites, rows("east", 1) + SHAPES_INSERTED, rows("west", 100));
            step(sites, changes("east", 100) + SHAPES_CHANGED, changes("west", 1));
            step(
                    sites,
                    changes("one", 1) + COLLIDING.formatted("east"),
                    changes("other", 1) + COLLIDING.formatted("west"));
            assertThat(sites.value("west", "SELECT count(DISTINCT table_name) FROM entwine.conflict"))
                    .isEqualTo("" + (NAMES.size() + SHAPES_IN_CONFLICT));
            step(sites, deletions(), SHAPES_DELETED);
            sites.command(0, "verify");
        }
    }

    private static String quoted(String name) {
        return '"' + name.replace("\"", "\"\"") + '"';
    }

    private static String table(String name) {
        return quoted("schema " + name.substring(0, 1)) + "." + quoted(name);
    }

    private static String named() {
        StringBuilder sql = new StringBuilder();
        for (String name : NAMES) {
            sql.append("CREATE SCHEMA IF NOT EXISTS " + quoted("schema " + name.substring(0, 1)) + ";");
            sql.append("CREATE TABLE " + table(name) + " (" + quoted(name)
                    + " int, \"key 2\" text, \"Value\" text UNIQUE, "
                    + "\"n of " + name.substring(0, 1).replace("\"", "") + "\" int, PRIMARY KEY (\"key 2\", "
                    + quoted(name)
                    + "));");
        }
        return sql.toString();
    }

    private static String rows(String word, int from) {
        StringBuilder sql = new StringBuilder();
        for (String name : NAMES) {
            sql.append("INSERT INTO " + table(name) + " SELECT i, 'k''' || i, '" + word
                    + "' || i, i FROM generate_series(" + from + ", " + (from + 3) + ") i;");
        }
        return sql.toString();
    }

    private static String changes(String word, int from) {
        StringBuilder sql = new StringBuilder();
        for (String name : NAMES) {
            sql.append("UPDATE " + table(name) + " SET \"Value\" = '" + word + " changed ' || \"key 2\" WHERE "
                    + quoted(name) + " BETWEEN " + from + " AND " + (from + 3) + ";");
        }
        return sql.toString();
    }

    private static String deletions() {
        StringBuilder sql = new StringBuilder();
        for (String name : NAMES) {
            sql.append("DELETE FROM " + table(name) + " WHERE " + quoted(name) + " % 2 = 0;");
        }
        return sql.toString();
    }

    private static String shaped() {
        List<String> wide = new ArrayList<>(List.of("id int PRIMARY KEY"));
        IntStream.range(1, COLUMNS_MAX).forEach(i -> wide.add("c" + i + " int"));
        return "CREATE TABLE wide (" + String.join(", ", wide) + ");" + """
            CREATE TABLE long_key (k text PRIMARY KEY, v text);
            CREATE TABLE only_key (a int, b text, c date, PRIMARY KEY (c, a, b));
            CREATE TABLE composed (v text, z timestamptz, y uuid, x numeric(8,2), w char(3), PRIMARY KEY (w, x, y, z));
            CREATE TABLE filled (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a int, twice int GENERATED ALWAYS AS (a * 2) STORED,
                                 n int GENERATED BY DEFAULT AS IDENTITY, at timestamptz DEFAULT now(), r uuid DEFAULT gen_random_uuid());
            CREATE TABLE parted (id int, region text, v text, PRIMARY KEY (id, region)) PARTITION BY LIST (region);
            CREATE TABLE parted_n PARTITION OF parted FOR VALUES IN ('n');
            CREATE TABLE parted_s PARTITION OF parted FOR VALUES IN ('s') PARTITION BY RANGE (id);
            CREATE TABLE parted_s1 PARTITION OF parted_s FOR VALUES FROM (0) TO (10);
            CREATE TABLE parted_rest PARTITION OF parted DEFAULT;
            CREATE TABLE renumbered (id int PRIMARY KEY, v text);
            """;
    }

    private static final String SHAPES_INSERTED = """
        INSERT INTO wide (id, c1, c1599) SELECT i, i, -i FROM generate_series(1, 3) i;
        INSERT INTO long_key SELECT (SELECT string_agg(md5(i::text || j), '') FROM generate_series(1, 75) j), 'v' FROM generate_series(1, 3) i;
        INSERT INTO only_key VALUES (1, 'a', 'infinity'), (1, 'a', '-infinity'), (2, '', '0044-03-15 BC');
        INSERT INTO composed SELECT 'v', '2026-01-01', ('00000000-0000-0000-0000-00000000000' || i)::uuid, i / 4.0, 'x' FROM generate_series(1, 3) i;
        INSERT INTO filled (a) SELECT i FROM generate_series(1, 3) i;
        INSERT INTO parted VALUES (1, 'n', 'v'), (2, 's', 'v'), (3, 'elsewhere', 'v'), (4, 'n', 'v');
        INSERT INTO moved (id, a, b, c) SELECT i, i, 'b', 'c' || i FROM generate_series(1, 3) i;
        INSERT INTO renumbered SELECT i, 'v' || i FROM generate_series(1, 9) i;
        """;

    /** Keys move too: along a chain, in a circle, and from partition to partition. */
    private static final String SHAPES_CHANGED = """
        UPDATE wide SET c800 = id, c1 = NULL;
        UPDATE long_key SET v = 'w';
        UPDATE only_key SET b = b || '!' WHERE a = 2;
        UPDATE composed SET v = 'w', x = x + 100;
        UPDATE filled SET a = a + 10;
        UPDATE parted SET region = CASE region WHEN 'n' THEN 's' WHEN 's' THEN 'n' ELSE 'nowhere' END, v = 'moved';
        UPDATE moved SET b = c, c = b || id;
        BEGIN;
        UPDATE renumbered SET id = -id WHERE id IN (1, 2, 3);
        UPDATE renumbered SET id = CASE id WHEN -1 THEN 2 WHEN -2 THEN 3 ELSE 1 END WHERE id < 0;
        UPDATE renumbered SET id = 20 WHERE id = 9; UPDATE renumbered SET id = 30 WHERE id = 20;
        UPDATE renumbered SET id = 9 WHERE id = 8;
        COMMIT;
        """;

    private static final int SHAPES_IN_CONFLICT = 7;

    private static final String COLLIDING = """
        UPDATE wide SET c7 = length('%1$s');
        UPDATE long_key SET v = '%1$s';
        UPDATE composed SET v = '%1$s';
        UPDATE filled SET a = ascii('%1$s');
        UPDATE parted SET v = '%1$s';
        UPDATE moved SET b = '%1$s';
        UPDATE renumbered SET v = '%1$s' || id;
        """;

    private static final String SHAPES_DELETED = """
        DELETE FROM wide WHERE id = 1; DELETE FROM long_key WHERE k < '8'; DELETE FROM only_key WHERE a = 1;
        DELETE FROM composed WHERE y::text LIKE '%1'; DELETE FROM filled WHERE id = 1; DELETE FROM parted WHERE id < 3;
        DELETE FROM moved WHERE id = 1; DELETE FROM renumbered WHERE id < 5;
        """;

    private static void step(Sites sites, String east, String west) throws Exception {
        sites.execute("east", east);
        sites.execute("west", west);
        sites.bringInStep();
        assertThat(sites.value("east", "SELECT count(*) FROM entwine.parked")).isEqualTo("0");
        assertThat(sites.value("west", "SELECT count(*) FROM entwine.parked")).isEqualTo("0");
        for (String name : NAMES) {
            requireEqual(sites, table(name), "*");
        }
        for (String table : List.of("wide", "long_key", "only_key", "composed", "filled", "parted", "renumbered")) {
            requireEqual(sites, table, "*");
        }
        requireEqual(sites, "moved", "id, a, b, c");
        for (String leaf : List.of("parted_n", "parted_s1", "parted_rest")) {
            requireEqual(sites, leaf, "*");
        }
    }

    private static void requireEqual(Sites sites, String table, String columns) throws SQLException {
        String sql = "SELECT string_agg(t::text, E'\\n' ORDER BY t::text COLLATE \"C\") FROM (SELECT " + columns
                + " FROM " + table + ") t";
        assertThat(sites.value("west", sql)).as(table).isEqualTo(sites.value("east", sql));
    }
}
