package dev.entwine.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entwine.embedded.PostgresBinaries;
import dev.entwine.embedded.PostgresOptions;
import dev.entwine.testkit.PostgresVersions;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.function.BiConsumer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every type, with the values that are easily harmed, between a version and the newest: as cells and as keys, inserted, changed and
 * deleted, on the way as a change and as a merged row that goes through the journal. What arrives prints as it did where it was written.
 * The oldest version and the newest; with {@code -Dtypes.all=true} all of them.
 */
final class TypesIT {
    /** What the other site writes has ids from here on. */
    private static final int OTHERS = 1_000;

    private static final String RULES = """
          - match: public.t*
            on_conflict: precedence
          - match: public.k*
        """;

    static List<PostgresBinaries> versions() {
        return Boolean.getBoolean("types.all")
                ? PostgresVersions.all()
                : List.of(PostgresVersions.oldest(), PostgresVersions.newest());
    }

    @ParameterizedTest
    @MethodSource("versions")
    void every_value_arrives_as_it_was_written(PostgresBinaries version) throws Exception {
        List<TypeValues> types = TypeValues.of(version.major());
        try (Sites sites = Sites.start(
                        name -> name.equals("west") ? PostgresVersions.newest() : version,
                        name -> PostgresOptions.DEFAULTS,
                        "east",
                        "west")
                .withRules(RULES)) {
            sites.everywhere(TypeValues.PRELUDE);
            StringBuilder tables = new StringBuilder();
            each(types, (i, type) -> {
                tables.append(
                        "CREATE TABLE t%d (id int PRIMARY KEY, v %s, n int DEFAULT 0);".formatted(i, type.type()));
                if (type.isKey()) {
                    tables.append("CREATE TABLE k%d (v %s PRIMARY KEY, n int);".formatted(i, type.type()));
                }
            });
            sites.everywhere(tables.toString());
            sites.command(0, "init", "--equal");
            insert(sites, types);
            change(sites, types);
            collide(sites, types);
            delete(sites, types);
            sites.command(0, "verify");
        }
    }

    private static void each(List<TypeValues> types, BiConsumer<Integer, TypeValues> consumer) {
        for (int i = 0; i < types.size(); i++) {
            consumer.accept(i, types.get(i));
        }
    }

    /** At one site each value, with the odd ones also as keys; at the other the same, with the even ones. */
    private static void insert(Sites sites, List<TypeValues> types) throws Exception {
        StringBuilder east = new StringBuilder();
        StringBuilder west = new StringBuilder();
        each(types, (i, type) -> {
            for (int j = 0; j < type.literals().size(); j++) {
                String value = type.literals().get(j);
                east.append("INSERT INTO t%d VALUES (%d, %s);".formatted(i, j, value));
                west.append("INSERT INTO t%d VALUES (%d, %s);".formatted(i, OTHERS + j, value));
                if (type.isKey()) {
                    (j % 2 == 0 ? east : west).append("INSERT INTO k%d VALUES (%s, %d);".formatted(i, value, j));
                }
            }
        });
        bringInStep(sites, types, east, west);
    }

    /** To the next value, to NULL, and of another column alone; keys too. */
    private static void change(Sites sites, List<TypeValues> types) throws Exception {
        StringBuilder east = new StringBuilder();
        StringBuilder west = new StringBuilder();
        each(types, (i, type) -> {
            for (int j = 0; j < type.literals().size(); j++) {
                String next = type.literals().get((j + 1) % type.literals().size());
                east.append("UPDATE t%d SET v = %s WHERE id = %d;".formatted(i, next, OTHERS + j));
                west.append("UPDATE t%d SET n = n + 1 WHERE id = %d;".formatted(i, j));
            }
            String first = type.literals().getFirst();
            east.append("INSERT INTO t%1$d VALUES (%2$d, %3$s); UPDATE t%1$d SET v = NULL WHERE id = %2$d;"
                    .formatted(i, OTHERS - 1, first));
            if (type.isKey()) {
                east.append("UPDATE k%d SET n = n + 10;".formatted(i));
            }
        });
        bringInStep(sites, types, east, west);
    }

    /** Every row, to what stands in the next and the one before; what loses stands in the journal as it was. */
    private static void collide(Sites sites, List<TypeValues> types) throws Exception {
        StringBuilder east = new StringBuilder();
        StringBuilder west = new StringBuilder();
        each(types, (i, type) -> {
            int count = type.literals().size();
            for (int j = 0; j < count; j++) {
                String before = type.literals().get((j + count - 1) % count);
                east.append("UPDATE t%d SET v = %s WHERE id = %d;".formatted(i, before, j));
                west.append("UPDATE t%d SET v = %s, n = -1 WHERE id = %d;"
                        .formatted(i, type.literals().get(j), j));
            }
        });
        sites.execute("east", east.toString());
        sites.execute("west", west.toString());
        SortedMap<String, String> won = values(sites, "east", types, "id < " + OTHERS);
        SortedMap<String, String> lost = values(sites, "west", types, "n = -1");
        sites.bringInStep();
        for (String site : sites.names()) {
            assertThat(values(sites, site, types, "id < " + OTHERS))
                    .as("at " + site)
                    .isEqualTo(won);
            assertThat(sites.rows(
                            site,
                            "SELECT table_name || ' ' || (key ->> 'id'), losers -> 0 -> 'image' ->> 'v'"
                                    + " FROM entwine.conflict WHERE table_name LIKE 't%'"))
                    .as("what lost, in the journal of " + site)
                    .isEqualTo(lost);
        }
        requireEqual(sites, types);
    }

    private static void delete(Sites sites, List<TypeValues> types) throws Exception {
        StringBuilder west = new StringBuilder();
        each(types, (i, type) -> {
            west.append("DELETE FROM t%d WHERE id %% 2 = 0;".formatted(i));
            if (type.isKey()) {
                west.append("DELETE FROM k%d WHERE n %% 2 = 0;".formatted(i));
            }
        });
        bringInStep(sites, types, new StringBuilder(), west);
    }

    /** What each site has written is afterwards at both of them. */
    private static void bringInStep(Sites sites, List<TypeValues> types, StringBuilder east, StringBuilder west)
            throws Exception {
        sites.execute("east", east.toString());
        sites.execute("west", west.toString());
        sites.bringInStep();
        requireEqual(sites, types);
    }

    private static void requireEqual(Sites sites, List<TypeValues> types) throws Exception {
        SortedMap<String, String> east = values(sites, "east", types, "true");
        assertThat(values(sites, "west", types, "true")).isEqualTo(east);
        assertThat(east.size()).isGreaterThan(types.size());
        assertThat(keys(sites, "west", types)).isEqualTo(keys(sites, "east", types));
        assertThat(sites.value("east", "SELECT count(*) FROM entwine.parked")).isEqualTo("0");
        assertThat(sites.value("west", "SELECT count(*) FROM entwine.parked")).isEqualTo("0");
    }

    /** By table and id. */
    private static SortedMap<String, String> values(Sites sites, String site, List<TypeValues> types, String where)
            throws SQLException {
        List<String> printed = new ArrayList<>();
        each(
                types,
                (i, type) -> printed.add(
                        "SELECT 't%d ' || id, CASE WHEN num_nulls(v) = 1 THEN NULL ELSE format('%%s', v) END FROM t%d WHERE %s"
                                .formatted(i, i, where)));
        return sites.rows(site, String.join(" UNION ALL ", printed));
    }

    /** By table and key. */
    private static SortedMap<String, String> keys(Sites sites, String site, List<TypeValues> types)
            throws SQLException {
        List<String> printed = new ArrayList<>();
        each(types, (i, type) -> {
            if (type.isKey()) {
                printed.add("SELECT format('k%d %%s', v), n::text FROM k%d".formatted(i, i));
            }
        });
        return sites.rows(site, String.join(" UNION ALL ", printed));
    }
}
