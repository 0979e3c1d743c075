package dev.entwine.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entwine.cli.Pair.Result;
import dev.entwine.embedded.PostgresBinaries;
import dev.entwine.testkit.PostgresVersions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What {@code check --grants} prints is enough for every command, and no line of it can be left out. */
final class GrantsIT {
    /** The application's role owns its tables, but not the schemas; one table forces row security upon its owner. */
    private static final String SCHEMA = """
        CREATE SCHEMA apart;
        GRANT USAGE ON SCHEMA public TO PUBLIC;
        CREATE TABLE public.t (id int PRIMARY KEY, v text);
        CREATE TABLE apart.forced (id int PRIMARY KEY, v text);
        ALTER TABLE apart.forced ENABLE ROW LEVEL SECURITY;
        ALTER TABLE apart.forced FORCE ROW LEVEL SECURITY;
        CREATE POLICY few ON apart.forced USING (id < 0);
        INSERT INTO public.t SELECT g, 'base' FROM generate_series(1, 5) g;
        INSERT INTO apart.forced SELECT g, 'base' FROM generate_series(1, 5) g;
        """;

    private static final String RULES = """
          - match: public.t
            on_conflict: manual
          - match: apart.*
        """;

    @Test
    void a_role_with_just_these_rights_does_everything_and_none_of_them_can_be_left_out() throws Exception {
        PostgresBinaries version = PostgresVersions.newest();
        try (Pair pair = Pair.open(version).withTables(RULES)) {
            String mark = pair.database().substring(1, 9);
            String owner = "owner_" + mark;
            String role = "engine \"" + mark;
            try {
                pair.both(SCHEMA + "CREATE ROLE " + owner + "; ALTER TABLE public.t OWNER TO " + owner
                        + "; ALTER TABLE apart.forced OWNER TO " + owner + "; REVOKE CONNECT ON DATABASE "
                        + pair.database() + " FROM PUBLIC");
                Map<String, List<String>> scripts = scripts(pair, role);
                assertThat(scripts.keySet()).containsExactly("east", "west");
                assertThat(scripts.get("west"))
                        .isEqualTo(scripts.get("east"))
                        .hasSize(9)
                        .noneMatch(line -> line.contains("SUPERUSER"));
                no_line_can_be_left_out(pair, scripts.getOrDefault("west", List.of()), role);
                for (String site : scripts.keySet()) {
                    apply(pair, site, scripts.getOrDefault(site, List.of()), role);
                }
                pair.withUser("east", "'" + role + "'").withUser("west", "'" + role + "'");
                every_command_works(pair);
                assertThat(pair.run("remove").exitCode()).isZero();
                pair.requireNoTrace();
            } finally {
                for (String site : List.of("east", "west")) {
                    drop(pair, site, role);
                    drop(pair, site, owner);
                }
            }
        }
    }

    /** The statements by site, in the order of the script. */
    private static Map<String, List<String>> scripts(Pair pair, String role) throws Exception {
        Result printed = pair.run("check", "--grants=" + role);
        assertThat(printed.exitCode()).as(printed.all()).isZero();
        Map<String, List<String>> scripts = new LinkedHashMap<>();
        List<String> statements = new ArrayList<>();
        for (String line : printed.out().lines().toList()) {
            if (line.startsWith("-- site ")) {
                statements = new ArrayList<>();
                scripts.put(line.replaceFirst("-- site (\\w+):.*", "$1"), statements);
            } else if (!line.isEmpty() && !line.startsWith("--")) {
                statements.add(line);
            }
        }
        return scripts;
    }

    private static void apply(Pair pair, String site, List<String> statements, String role) throws Exception {
        for (String statement : statements) {
            pair.server(site).execute(pair.database(), statement);
        }
        pair.server(site).execute(pair.database(), "ALTER ROLE " + quoted(role) + " PASSWORD '" + Pair.PASSWORD + "'");
    }

    private static String quoted(String role) {
        return '"' + role.replace("\"", "\"\"") + '"';
    }

    private static void drop(Pair pair, String site, String role) throws Exception {
        String there = "SELECT count(*) FROM pg_roles WHERE rolname = '" + role + "'";
        if (pair.value(site, there).equals("1")) {
            pair.server(site).execute(pair.database(), "DROP OWNED BY " + quoted(role) + "; DROP ROLE " + quoted(role));
        }
    }

    private static void no_line_can_be_left_out(Pair pair, List<String> script, String role) throws Exception {
        Map<String, String> noticed = Map.of(
                "REPLICATION;", "right_replication",
                "session_replication_role", "right_set_replica_role",
                "GRANT CONNECT", "connection",
                "GRANT CREATE", "right_create",
                "GRANT USAGE", "right_schema",
                "GRANT \"owner_", "right_owner",
                "BYPASSRLS", "row_security",
                "GRANT EXECUTE", "right_origin");
        assertThat(script.getFirst()).isEqualTo("CREATE ROLE " + quoted(role) + " LOGIN;");
        pair.withUser("west", "'" + role + "'");
        for (String leftOut : script.subList(1, script.size())) {
            List<String> rest = new ArrayList<>(script);
            rest.remove(leftOut);
            apply(pair, "west", rest, role);
            String code = noticed.entrySet().stream()
                    .filter(entry -> leftOut.contains(entry.getKey()))
                    .map(Map.Entry::getValue)
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("unknown statement " + leftOut));
            assertThat(pair.run("check", "--json").codes())
                    .as("without " + leftOut)
                    .contains("west " + code);
            drop(pair, "west", role);
        }
        pair.withUser("west", "postgres");
    }

    private static void every_command_works(Pair pair) throws Exception {
        Result checked = pair.run("check", "--json");
        assertThat(checked.exitCode()).as(checked.out()).isZero();
        assertThat(checked.codes()).noneMatch(code -> code.contains("right_"));
        requireFine(pair.run("init", "--equal"));
        pair.east("UPDATE public.t SET v = 'east' WHERE id = 1; UPDATE apart.forced SET v = 'east' WHERE id < 3");
        pair.west("UPDATE public.t SET v = 'west' WHERE id = 1; DELETE FROM apart.forced WHERE id = 2");
        pair.synchronize();
        assertThat(pair.value("west", "SELECT v FROM apart.forced WHERE id = 1"))
                .isEqualTo("east");
        String open = pair.value("east", "SELECT id FROM entwine.conflict WHERE status = 'open'");
        assertThat(pair.run("conflicts", "list").out()).contains("public.t", "apart.forced");
        requireFine(pair.run("conflicts", "show", open));
        requireFine(pair.run("conflicts", "keep", open, "--site", "east"));
        pair.synchronize();
        assertThat(pair.value("west", "SELECT v FROM public.t WHERE id = 1")).isEqualTo("east");
        requireFine(pair.run("verify"));
        requireFine(pair.run("status"));
        pair.server("west")
                .execute(pair.database(), PlantedRows.unseen(List.of("UPDATE apart.forced SET v = 'x' WHERE id = 4")));
        assertThat(pair.run("verify").exitCode()).isEqualTo(3);
        requireFine(pair.run("repair", "--prefer", "east", "--apply"));
        pair.synchronize();
        requireFine(pair.run("verify"));
    }

    private static void requireFine(Result result) {
        assertThat(result.exitCode()).as(result.all()).isZero();
    }

    @Test
    void a_superuser_is_more_than_is_needed_where_a_parameter_can_be_granted() throws Exception {
        try (Pair pair = Pair.open(PostgresVersions.newest())) {
            pair.both("CREATE TABLE t (id int PRIMARY KEY)");
            assertThat(pair.run("check", "--json").codes()).contains("east right_superuser", "west right_superuser");
            assertThat(pair.run("check", "--grants=other").out())
                    .contains("-- postgres is a superuser: better first ALTER TABLE");
            assertThat(pair.run("check", "--grants").out())
                    .contains("ALTER ROLE \"postgres\" REPLICATION;")
                    .doesNotContain("CREATE ROLE", "GRANT \"postgres\"");
            assertThat(pair.run("check", "--grants", "--json").exitCode()).isEqualTo(2);
        }
        try (Pair pair = Pair.open(PostgresVersions.oldest())) {
            pair.both("CREATE TABLE t (id int PRIMARY KEY)");
            assertThat(pair.run("check", "--json").codes()).noneMatch(code -> code.contains("right_superuser"));
            assertThat(scripts(pair, "other").getOrDefault("east", List.of()))
                    .containsExactly(
                            "CREATE ROLE \"other\" LOGIN;",
                            "ALTER ROLE \"other\" SUPERUSER; -- before PostgreSQL 15 only a superuser may");
        }
    }
}
