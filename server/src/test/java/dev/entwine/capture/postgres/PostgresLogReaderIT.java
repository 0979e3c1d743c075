package dev.entwine.capture.postgres;

import static dev.entwine.capture.postgres.Site.table;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.entwine.capture.LogReader;
import dev.entwine.embedded.PostgresBinaries;
import dev.entwine.embedded.PostgresServer;
import dev.entwine.model.Cell;
import dev.entwine.model.Change;
import dev.entwine.model.Image;
import dev.entwine.model.LogEntry;
import dev.entwine.model.LogEntry.LocalTransaction;
import dev.entwine.model.Operation;
import dev.entwine.model.Table;
import dev.entwine.testkit.PostgresVersions;
import java.io.IOException;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** What rows and transactions become, on every supported version. */
@ParameterizedClass
@MethodSource("versions")
final class PostgresLogReaderIT {
    private static final Table T = table("t", 1, "id", "a", "b");
    private static final Table U = table("u", 1, "id", "x");

    /** Compresses badly, so that it is stored out of line. */
    private static final String LARGE = "(SELECT string_agg(md5(i::text), '') FROM generate_series(1, 400) i)";

    private final PostgresServer server;
    private Site site;

    PostgresLogReaderIT(PostgresBinaries version) throws IOException {
        server = Servers.of(version);
    }

    static List<PostgresBinaries> versions() {
        return PostgresVersions.all();
    }

    @BeforeEach
    void createTables() throws SQLException {
        site = new Site(server);
        site.execute(
                "CREATE TABLE t (b text, id int PRIMARY KEY, a text); CREATE TABLE u (id int PRIMARY KEY, x text)");
    }

    @AfterEach
    void dropSite() throws SQLException {
        site.close();
    }

    private static Cell[] cells(@Nullable String... texts) {
        Cell[] cells = new Cell[texts.length];
        for (int i = 0; i < texts.length; i++) {
            String text = texts[i];
            cells[i] = text == null ? Cell.Absence.NULL : Cell.text(text);
        }
        return cells;
    }

    private static Image image(@Nullable String... texts) {
        return Image.of(cells(texts));
    }

    @Test
    void inserts_updates_and_deletes_come_in_the_engines_order_of_columns() throws Exception {
        site.publish(T);
        try (LogReader reader = site.reader()) {
            site.execute("INSERT INTO t VALUES ('bee', 7, NULL)");
            site.execute("UPDATE t SET a = 'ä€😀' WHERE id = 7");
            site.execute("DELETE FROM t WHERE id = 7");
            List<Change> changes = changes(site.readAll(reader));
            assertThat(changes)
                    .extracting(Change::operation)
                    .containsExactly(Operation.INSERT, Operation.UPDATE, Operation.DELETE);
            assertThat(changes)
                    .extracting(Change::after)
                    .containsExactly(image("7", null, "bee"), image("7", "ä€😀", "bee"), null);
            assertThat(changes).extracting(Change::before).containsOnlyNulls();
            assertThat(changes).extracting(change -> change.key().values()).containsOnly(List.of("7"));
            assertThat(changes).extracting(Change::table).containsOnly(T);
        }
    }

    private static List<Change> changes(List<LogEntry> entries) {
        return entries.stream()
                .flatMap(entry -> ((LocalTransaction) entry).changes().stream())
                .toList();
    }

    @Test
    void with_full_identity_the_row_before_is_there() throws Exception {
        site.execute("ALTER TABLE t REPLICA IDENTITY FULL; INSERT INTO t VALUES ('b', 1, NULL)");
        site.publish(T);
        try (LogReader reader = site.reader()) {
            site.execute("UPDATE t SET a = 'x'; DELETE FROM t");
            List<Change> changes = changes(site.readAll(reader));
            assertThat(changes).extracting(Change::before).containsExactly(image("1", null, "b"), image("1", "x", "b"));
            assertThat(changes.get(0).after()).isEqualTo(image("1", "x", "b"));
        }
    }

    @Test
    void an_unchanged_large_value_is_unchanged_and_with_full_identity_it_is_there() throws Exception {
        site.execute("INSERT INTO t VALUES (" + LARGE + ", 1, 'x')");
        String large = site.value("SELECT b FROM t");
        site.publish(T);
        try (LogReader reader = site.reader()) {
            site.execute("UPDATE t SET a = 'y'");
            Cell[] expected = {Cell.text("1"), Cell.text("y"), Cell.Absence.UNCHANGED};
            assertThat(site.readOne(reader, LocalTransaction.class)
                            .changes()
                            .getFirst()
                            .after())
                    .isEqualTo(Image.of(expected));
            site.execute("ALTER TABLE t REPLICA IDENTITY FULL; UPDATE t SET a = 'z'");
            Change change =
                    site.readOne(reader, LocalTransaction.class).changes().getFirst();
            assertThat(change.after()).isEqualTo(image("1", "z", large));
            assertThat(change.before()).isEqualTo(image("1", "y", large));
        }
    }

    @Test
    void a_changed_key_is_a_delete_and_an_insert() throws Exception {
        site.execute("INSERT INTO t VALUES (" + LARGE + ", 1, 'x'), ('b', 2, 'x')");
        site.publish(T);
        try (LogReader reader = site.reader()) {
            site.execute("UPDATE t SET id = 10 WHERE id = 1");
            site.execute("ALTER TABLE t REPLICA IDENTITY FULL; UPDATE t SET id = 20 WHERE id = 2");
            List<Change> changes = changes(site.readAll(reader));
            assertThat(changes)
                    .extracting(change ->
                            change.operation() + " " + change.key().values().getFirst())
                    .containsExactly("DELETE 1", "INSERT 10", "DELETE 2", "INSERT 20");
            assertThat(changes).extracting(Change::before).containsExactly(null, null, image("2", "x", "b"), null);
            assertThat(changes)
                    .extracting(Change::after)
                    .containsExactly(
                            null,
                            Image.of(Cell.text("10"), Cell.text("x"), Cell.Absence.UNCHANGED),
                            null,
                            image("20", "x", "b"));
        }
    }

    @Test
    void keys_that_the_server_holds_to_be_equal_are_one_key() throws Exception {
        site.execute("""
            CREATE DOMAIN price AS numeric;
            CREATE DOMAIN cents AS price;
            CREATE TABLE k (n numeric, d cents, c char(5), f float8, i interval, PRIMARY KEY (n, d, c, f, i));
            ALTER TABLE k REPLICA IDENTITY FULL;
            INSERT INTO k VALUES (1.0, 2.50, 'ab', '-0', '1 mon')\
            """);
        site.publish(table("k", 5, "n", "d", "c", "f", "i"));
        try (LogReader reader = site.reader()) {
            site.execute("UPDATE k SET n = 1.000, d = 2.5, c = 'ab ', f = 0, i = '30 days'");
            Change change =
                    site.readOne(reader, LocalTransaction.class).changes().getFirst();
            assertThat(change.operation()).isEqualTo(Operation.UPDATE);
            assertThat(change.key().values()).containsExactly("1", "2.5", "ab", "0", "30 days 00:00:00");
            assertThat(change.before()).isEqualTo(image("1.0", "2.50", "ab   ", "-0", "1 mon"));
            assertThat(change.after()).isEqualTo(image("1.000", "2.5", "ab   ", "0", "30 days"));
        }
    }

    @Test
    void a_large_key_is_known_though_the_update_leaves_it_out() throws Exception {
        site.execute("CREATE TABLE k (id text PRIMARY KEY, x int); ALTER TABLE k ALTER id SET STORAGE EXTERNAL");
        site.execute("INSERT INTO k VALUES (repeat('k', 2500), 1)");
        site.publish(table("k", 1, "id", "x"));
        try (LogReader reader = site.reader()) {
            site.execute("UPDATE k SET x = 2");
            Change change =
                    site.readOne(reader, LocalTransaction.class).changes().getFirst();
            assertThat(change.operation()).isEqualTo(Operation.UPDATE);
            assertThat(change.after()).isEqualTo(image("k".repeat(2500), "2"));
        }
    }

    @Test
    void a_truncate_names_the_synchronized_tables() throws Exception {
        site.execute("CREATE TABLE other (id int PRIMARY KEY)");
        site.publish(T, U);
        try (LogReader reader = site.reader()) {
            site.execute("BEGIN; INSERT INTO u VALUES (1, 'x'); TRUNCATE t, u, other; COMMIT");
            LocalTransaction transaction = site.readOne(reader, LocalTransaction.class);
            assertThat(transaction.changes()).hasSize(1);
            assertThat(transaction.truncated()).containsExactlyInAnyOrder(T.id(), U.id());
        }
    }

    @Test
    void transactions_come_whole_and_in_the_order_of_their_commits() throws Exception {
        site.publish(T, U);
        try (LogReader reader = site.reader();
                var first = server.connect(site.database());
                var statement = first.createStatement()) {
            long before = System.currentTimeMillis() * 1_000;
            first.setAutoCommit(false);
            statement.execute("INSERT INTO t VALUES ('b', 1, 'a')");
            site.execute("INSERT INTO u VALUES (1, 'second begins, first commits')");
            statement.execute(
                    "INSERT INTO u VALUES (2, 'x'); UPDATE t SET a = 'c'; SAVEPOINT s; DELETE FROM u WHERE id = 2;"
                            + " ROLLBACK TO s; SAVEPOINT s; DELETE FROM u WHERE id = 1; RELEASE s");
            String number = xid(first);
            first.commit();
            site.execute("BEGIN; INSERT INTO u VALUES (3, 'never'); ROLLBACK");
            List<LogEntry> entries = site.readAll(reader);
            assertThat(entries).hasSize(2);
            assertThat(((LocalTransaction) entries.get(0)).changes()).hasSize(1);
            LocalTransaction last = (LocalTransaction) entries.get(1);
            assertThat(last.changes())
                    .extracting(change -> change.operation() + " " + change.table() + " "
                            + change.key().values().getFirst())
                    .containsExactly(
                            "INSERT public.t 1", "INSERT public.u 2", "UPDATE public.t 1", "DELETE public.u 1");
            assertThat(String.valueOf(last.transaction())).isEqualTo(number);
            assertThat(last.commitMicros()).isBetween(before, System.currentTimeMillis() * 1_000 + 1_000);
            assertThat(last.position()).isGreaterThan(entries.get(0).position());
            assertThat(last.site()).isEqualTo(Site.EAST);
        }
    }

    private static String xid(java.sql.Connection connection) throws SQLException {
        try (var statement = connection.createStatement();
                var rows = statement.executeQuery("SELECT txid_current()")) {
            rows.next();
            return rows.getString(1);
        }
    }

    @Test
    void every_common_type_comes_in_the_form_of_the_servers_output() throws Exception {
        site.execute(CommonTypes.createTable());
        site.publish(CommonTypes.TABLE);
        try (LogReader reader = site.reader()) {
            site.execute(CommonTypes.insert());
            assertCommonTypes(site.readOne(reader, LocalTransaction.class));
        }
    }

    private static void assertCommonTypes(LocalTransaction transaction) {
        Image after = requireNonNull(transaction.changes().getFirst().after());
        Map<String, String> got = new LinkedHashMap<>();
        for (int i = 1; i < CommonTypes.TABLE.columns().size(); i++) {
            got.put(CommonTypes.TABLE.columns().get(i), after.cell(i).toString());
        }
        assertThat(got).isEqualTo(CommonTypes.expected());
    }

    @Test
    void whatever_the_role_has_been_given_values_come_in_the_pinned_form() throws Exception {
        String role = "hostile_" + site.database();
        site.execute("CREATE ROLE " + role + " SUPERUSER LOGIN");
        for (String setting : CommonTypes.HOSTILE) {
            site.execute("ALTER ROLE " + role + " SET " + setting);
        }
        site.execute(CommonTypes.createTable());
        site.publish(CommonTypes.TABLE);
        try (LogReader reader = site.reader(role, server.port())) {
            site.execute(CommonTypes.insert());
            assertCommonTypes(site.readOne(reader, LocalTransaction.class));
        }
        server.execute("postgres", "DROP ROLE " + role);
    }
}
