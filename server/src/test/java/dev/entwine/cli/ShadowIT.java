package dev.entwine.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entwine.cli.Pair.Result;
import dev.entwine.embedded.PostgresBinaries;
import dev.entwine.testkit.PostgresVersions;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/** What {@code shadow} finds, on sites that nothing connects; long enough a delay makes slow machines no difference. */
final class ShadowIT {
    private static final String SCHEMA = """
        CREATE TABLE customer (id int PRIMARY KEY, email text UNIQUE, name text);
        CREATE TABLE purchase (id int PRIMARY KEY, customer int REFERENCES customer ON DELETE CASCADE, what text);
        CREATE TABLE stock (id int PRIMARY KEY, n int);
        INSERT INTO customer SELECT g, 'mail' || g, 'base' FROM generate_series(1, 20) g;
        INSERT INTO stock SELECT g, 5 FROM generate_series(1, 5) g;
        """;
    private static final String RULES = """
          - match: public.customer
            on_conflict: precedence
          - match: public.stock
            on_conflict: greatest(n)
          - match: public.*
        """;

    static List<PostgresBinaries> versions() {
        return List.of(PostgresVersions.oldest(), PostgresVersions.newest());
    }

    /** What is done at the sites while it looks. */
    private interface Doing {
        void run() throws Exception;
    }

    private static Result shadow(Pair pair, Doing doing, String... options) throws Exception {
        String[] all = new String[options.length + 2];
        all[0] = "--for";
        all[1] = "6s";
        System.arraycopy(options, 0, all, 2, options.length);
        CompletableFuture<Result> result = new CompletableFuture<>();
        Thread.ofPlatform().start(() -> {
            try {
                result.complete(pair.run("shadow", all));
            } catch (Throwable e) {
                result.completeExceptionally(e);
            }
        });
        for (String site : List.of("east", "west")) {
            pair.await(
                    site,
                    "SELECT count(*) = 1 FROM pg_replication_slots WHERE database = current_database() AND temporary"
                            + " AND active AND confirmed_flush_lsn IS NOT NULL");
        }
        doing.run();
        return result.get();
    }

    private static String collisions(JsonNode document) {
        return document.path("collisions")
                .valueStream()
                .map(item ->
                        item.path("table").asString() + " " + item.path("kind").asString() + " by "
                                + item.path("by").asString() + ": "
                                + item.path("stands").asString() + " "
                                + item.path("count").asInt())
                .collect(Collectors.joining("; "));
    }

    @ParameterizedTest
    @MethodSource("versions")
    void collisions_of_every_kind_are_told_with_what_would_have_stood_and_nothing_is_left(PostgresBinaries version)
            throws Exception {
        try (Pair pair = Pair.open(version).withTables(RULES)) {
            pair.both(SCHEMA);
            Result result = shadow(
                    pair,
                    () -> {
                        pair.east("UPDATE customer SET name = 'e' WHERE id = 1");
                        pair.west("UPDATE customer SET name = 'w' WHERE id = 1");
                        pair.west("INSERT INTO stock VALUES (9, 7)");
                        pair.east("INSERT INTO stock VALUES (9, 3)");
                        pair.east("INSERT INTO customer VALUES (30, 'same', 'e')");
                        pair.west("INSERT INTO customer VALUES (31, 'same', 'w')");
                        pair.east("DELETE FROM customer WHERE id = 5");
                        pair.west("INSERT INTO purchase VALUES (1, 5, 'x')");
                        pair.west("INSERT INTO purchase VALUES (2, 6, 'x')");
                        pair.east("DELETE FROM customer WHERE id = 6");
                        pair.west("UPDATE customer SET name = 'alone' WHERE id = 7");
                    },
                    "--delay",
                    "60s",
                    "--json");
            assertThat(result.exitCode()).as(result.all()).isEqualTo(3);
            assertThat(collisions(result.json()))
                    .isEqualTo("public.customer unique by customer_email_key: on_unique: quarantine 1;"
                            + " public.customer update_update by precedence: east 1;"
                            + " public.purchase foreign_key by to public.customer: on_orphan: restore_parent 2;"
                            + " public.stock insert_insert by greatest(n): west 1");
            assertThat(result.json().path("examples")).hasSize(5);
            assertThat(result.json().at("/sites/west/changes").asInt()).isEqualTo(6);
            pair.requireNoTrace();
            assertThat(pair.value("west", "SELECT relreplident::text FROM pg_class WHERE relname = 'stock'"))
                    .as("replica identity, which greatest(n) would want to be full")
                    .isEqualTo("d");
        }
    }

    @Test
    void changes_that_could_have_seen_each_other_do_not_collide() throws Exception {
        try (Pair pair = Pair.open().withTables(RULES)) {
            pair.both(SCHEMA);
            Result result = shadow(
                    pair,
                    () -> {
                        pair.east("UPDATE stock SET n = 1 WHERE id = 1");
                        pair.east("UPDATE stock SET n = 2 WHERE id = 1");
                        Thread.sleep(150);
                        pair.west("UPDATE stock SET n = 3 WHERE id = 1");
                        pair.west("UPDATE stock SET n = 3 WHERE id = 2");
                    },
                    "--delay",
                    "100ms");
            assertThat(result.exitCode()).as(result.all()).isZero();
            assertThat(result.out()).contains("nothing would have collided in 6 s, had changes taken 100 ms");
            assertThat(result.err()).contains("reading; nothing is written").contains("collisions 0");
            pair.requireNoTrace();
        }
    }

    @Test
    void one_that_is_killed_leaves_a_publication_that_the_next_one_or_remove_takes_away() throws Exception {
        try (Pair pair = Pair.open().withTables(RULES)) {
            pair.both(SCHEMA);
            Process process = pair.start("shadow");
            pair.await("west", "SELECT count(*) = 1 FROM pg_replication_slots WHERE database = current_database()");
            pair.kill(process);
            assertThat(pair.value("west", "SELECT string_agg(pubname, ' ') FROM pg_publication"))
                    .isEqualTo("entwine_shadow");
            assertThat(pair.run("shadow", "--for", "1s").exitCode()).isZero();
            pair.requireNoTrace();
            process = pair.start("shadow");
            pair.await("west", "SELECT count(*) = 1 FROM pg_replication_slots WHERE database = current_database()");
            pair.kill(process);
            Result removed = pair.run("remove");
            assertThat(removed.out()).contains("publication entwine_shadow");
            pair.requireNoTrace();
        }
    }
}
