package dev.entwine.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entwine.embedded.PostgresBinaries;
import dev.entwine.embedded.PostgresOptions;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Rows of several sites that a declared constraint does not let stand together. */
final class ConstraintIT {
    private static final long STOP_SECONDS_MAX = 20;
    private static final String SCHEMA = """
        CREATE TABLE customer (id int PRIMARY KEY, email text UNIQUE, name varchar(12), age int CHECK (age >= 0));
        CREATE UNIQUE INDEX customer_name ON customer (lower(name)) WHERE age > 10;
        CREATE TABLE purchase (id int PRIMARY KEY, customer int REFERENCES customer ON DELETE CASCADE, what text);
        CREATE TABLE line (purchase int REFERENCES purchase, nr int, PRIMARY KEY (purchase, nr));
        INSERT INTO customer SELECT i, 'mail' || i, 'name' || i, 20 FROM generate_series(1, 9) i;
        INSERT INTO purchase SELECT i, i, 'thing' FROM generate_series(1, 9) i;
        """;

    private static void synchronize(Sites sites) throws Exception {
        Process engine = sites.engine();
        sites.command(0, "wait", "--timeout", "30s");
        engine.destroy();
        assertThat(engine.waitFor(STOP_SECONDS_MAX, TimeUnit.SECONDS)).isTrue();
    }

    private static Sites start(String rules, String... names) throws Exception {
        Sites sites = Sites.start(PostgresBinaries.bundled(), PostgresOptions.DEFAULTS, names)
                .withRules(rules);
        sites.everywhere(SCHEMA);
        sites.command(0, "init", "--equal");
        return sites;
    }

    private static String journal(Sites sites, String site) throws Exception {
        return sites.value(
                site,
                "SELECT string_agg(concat_ws(' ', table_name, key, kind, policy, winner, status), '; ' ORDER BY"
                        + " table_name, key::text) FROM entwine.conflict");
    }

    @Test
    void what_only_one_row_may_have_goes_to_the_later_and_the_other_is_withheld_whole() throws Exception {
        try (Sites sites = start("  - match: public.*\n", "east", "west")) {
            sites.execute("east", "INSERT INTO customer VALUES (101, 'bob', 'Bob', 30)");
            sites.execute("west", "INSERT INTO customer VALUES (102, 'bob', 'Robert', 31)");
            synchronize(sites);
            sites.requireEqual(java.util.List.of("customer", "purchase", "line"), "t::text");
            assertThat(sites.value("east", "SELECT string_agg(id::text, ' ') FROM customer WHERE email = 'bob'"))
                    .isEqualTo("102");
            assertThat(journal(sites, "east"))
                    .isEqualTo("customer {\"id\": \"101\"} unique quarantine west open");
            assertThat(journal(sites, "west")).isEqualTo(journal(sites, "east"));
        }
    }

    @Test
    void a_parent_that_was_deleted_comes_back_for_a_child_of_another_site() throws Exception {
        try (Sites sites = start("  - match: public.*\n", "east", "west")) {
            sites.execute("east", "DELETE FROM customer WHERE id = 1");
            sites.execute("west", "INSERT INTO purchase VALUES (101, 1, 'late')");
            synchronize(sites);
            sites.requireEqual(java.util.List.of("customer", "purchase", "line"), "t::text");
            assertThat(sites.value("east", "SELECT string_agg(c.email || p.id, ' ') FROM customer c JOIN purchase p"
                            + " ON p.customer = c.id WHERE c.id = 1"))
                    .isEqualTo("mail1101");
            assertThat(journal(sites, "east"))
                    .isEqualTo("customer {\"id\": \"1\"} foreign_key restore_parent west decided");
            assertThat(journal(sites, "west")).isEqualTo(journal(sites, "east"));
        }
    }
}
