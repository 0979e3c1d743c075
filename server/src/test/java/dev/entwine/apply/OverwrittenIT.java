package dev.entwine.apply;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entwine.db.Endpoint;
import dev.entwine.db.Sessions;
import dev.entwine.embedded.PostgresBinaries;
import dev.entwine.embedded.PostgresOptions;
import dev.entwine.embedded.PostgresServer;
import dev.entwine.merge.Overwritten;
import dev.entwine.merge.RowWrite;
import dev.entwine.model.Cell;
import dev.entwine.model.Image;
import dev.entwine.model.Operation;
import dev.entwine.model.Position;
import dev.entwine.model.RowKey;
import dev.entwine.model.SiteId;
import dev.entwine.model.Stamp;
import dev.entwine.model.Table;
import dev.entwine.model.TableId;
import dev.entwine.model.VersionVector;
import dev.entwine.testkit.PostgresVersions;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What each server tells about the versions that a write replaces. A false answer would let a change be overwritten unseen. */
final class OverwrittenIT {
    private static final SiteId EAST = new SiteId("east");
    private static final SiteId WEST = new SiteId("west");
    private static final Table TABLE = new Table(new TableId("public", "t"), List.of("id", "a"), List.of(0));
    private static final int RETURNS_OLD_SINCE = 18;

    private @Nullable PostgresServer server;

    static List<PostgresBinaries> versions() {
        return PostgresVersions.all();
    }

    @AfterEach
    void stop() throws IOException {
        if (server != null) {
            server.close();
        }
    }

    private PostgresServer start(PostgresBinaries version) throws IOException, SQLException {
        PostgresServer started = PostgresServer.start(version, PostgresOptions.DEFAULTS);
        server = started;
        started.createDatabase("shop");
        started.execute("shop", "CREATE TABLE t (id int PRIMARY KEY, a text)");
        return started;
    }

    @ParameterizedTest
    @MethodSource("versions")
    void the_writer_of_each_replaced_version_is_told(PostgresBinaries version) throws Exception {
        PostgresServer site = start(version);
        int first = local(site, "INSERT INTO t VALUES (1, 'x')");
        int second = local(site, "INSERT INTO t VALUES (2, 'x')");
        try (Connection connection = apply(site)) {
            RowWriter writer = new RowWriter(connection, List.of(TABLE));
            Versions versions = new Versions(0);

            writer.write(List.of(write(1, Operation.UPDATE, "y"), write(2, Operation.DELETE, null)), versions);

            assertThat(versions.take()).isEqualTo(new Overwritten(Set.of(first, second), false, Set.of()));
        }
    }

    @ParameterizedTest
    @MethodSource("versions")
    void a_write_that_waits_for_a_local_one_tells_of_that_one(PostgresBinaries version) throws Exception {
        PostgresServer site = start(version);
        local(site, "INSERT INTO t VALUES (1, 'x'), (2, 'x')");
        try (Connection local = site.connect("shop");
                Connection connection = apply(site)) {
            local.setAutoCommit(false);
            int overtaking = transaction(local, "UPDATE t SET a = 'local'");
            RowWriter writer = new RowWriter(connection, List.of(TABLE));
            Versions versions = new Versions(0);
            CompletableFuture<Overwritten> told = CompletableFuture.supplyAsync(() -> {
                try {
                    writer.write(List.of(write(1, Operation.UPDATE, "y"), write(2, Operation.DELETE, null)), versions);
                    return versions.take();
                } catch (SQLException e) {
                    throw new IllegalStateException(e);
                }
            });
            awaitBlocked(site);

            local.commit();

            assertThat(told.get(10, TimeUnit.SECONDS)).isEqualTo(new Overwritten(Set.of(overtaking), false, Set.of()));
        }
    }

    @ParameterizedTest
    @MethodSource("versions")
    void rows_that_were_not_there_are_never_called_known(PostgresBinaries version) throws Exception {
        PostgresServer site = start(version);
        RowWrite vanished = write(3, Operation.DELETE, null);
        try (Connection connection = apply(site)) {
            RowWriter writer = new RowWriter(connection, List.of(TABLE));
            Versions versions = new Versions(0);

            writer.write(List.of(write(1, Operation.INSERT, "y")), versions);
            assertThat(versions.take()).isEqualTo(new Overwritten(Set.of(), true, Set.of()));
            writer.write(List.of(write(2, Operation.UPDATE, "y")), versions);
            assertThat(versions.take()).isEqualTo(new Overwritten(Set.of(), true, Set.of()));
            writer.write(List.of(vanished), versions);
            assertThat(versions.take())
                    .isEqualTo(new Overwritten(
                            Set.of(), true, Set.of(vanished.key().id())));
        }
    }

    @ParameterizedTest
    @MethodSource("versions")
    void an_insert_onto_a_row_tells_of_its_writer_or_nothing(PostgresBinaries version) throws Exception {
        PostgresServer site = start(version);
        int first = local(site, "INSERT INTO t VALUES (1, 'x')");
        try (Connection connection = apply(site)) {
            RowWriter writer = new RowWriter(connection, List.of(TABLE));
            Versions versions = new Versions(0);

            writer.write(List.of(write(1, Operation.INSERT, "y")), versions);

            boolean tells = version.major() >= RETURNS_OLD_SINCE;
            assertThat(versions.take()).isEqualTo(new Overwritten(tells ? Set.of(first) : Set.of(), !tells, Set.of()));
        }
    }

    @ParameterizedTest
    @MethodSource("versions")
    void the_writers_of_rows_in_partitions_are_told_or_nothing(PostgresBinaries version) throws Exception {
        PostgresServer site = start(version);
        site.execute("shop", "DROP TABLE t");
        site.execute("shop", "CREATE TABLE t (id int PRIMARY KEY, a text) PARTITION BY RANGE (id)");
        site.execute("shop", "CREATE TABLE low PARTITION OF t FOR VALUES FROM (0) TO (2)");
        site.execute("shop", "CREATE TABLE high PARTITION OF t FOR VALUES FROM (2) TO (10)");
        int first = local(site, "INSERT INTO t VALUES (1, 'x'), (2, 'x')");
        int second = local(site, "INSERT INTO t VALUES (3, 'x')");
        boolean tells = version.major() >= RETURNS_OLD_SINCE;
        try (Connection connection = apply(site)) {
            RowWriter writer = new RowWriter(connection, List.of(TABLE));
            Versions versions = new Versions(0);

            writer.write(List.of(write(1, Operation.UPDATE, "y"), write(2, Operation.DELETE, null)), versions);
            assertThat(versions.take()).isEqualTo(new Overwritten(Set.of(first), false, Set.of()));
            writer.write(List.of(write(3, Operation.INSERT, "y")), versions);
            assertThat(versions.take()).isEqualTo(new Overwritten(tells ? Set.of(second) : Set.of(), !tells, Set.of()));
            writer.write(List.of(write(4, Operation.INSERT, "y")), versions);
            assertThat(versions.take()).isEqualTo(new Overwritten(Set.of(), true, Set.of()));
        }
    }

    @ParameterizedTest
    @MethodSource("versions")
    void what_the_transaction_wrote_itself_does_not_count(PostgresBinaries version) throws Exception {
        PostgresServer site = start(version);
        int first = local(site, "INSERT INTO t VALUES (1, 'x')");
        try (Connection connection = apply(site)) {
            connection.setAutoCommit(false);
            int own = transaction(connection, "SELECT 1");
            RowWriter writer = new RowWriter(connection, List.of(TABLE));
            Versions versions = new Versions(own);

            writer.write(List.of(write(1, Operation.UPDATE, "y")), versions);
            assertThat(versions.take()).isEqualTo(new Overwritten(Set.of(first), false, Set.of()));
            writer.write(List.of(write(1, Operation.UPDATE, "z")), versions);
            assertThat(versions.take()).isEqualTo(new Overwritten(Set.of(), false, Set.of()));
        }
    }

    private static Connection apply(PostgresServer site) throws SQLException {
        return Sessions.open(
                new Endpoint(EAST, site.url("shop"), PostgresServer.SUPERUSER, site.password()),
                Sessions.Purpose.APPLY);
    }

    private static int local(PostgresServer site, String sql) throws SQLException {
        try (Connection connection = site.connect("shop")) {
            connection.setAutoCommit(false);
            int number = transaction(connection, sql);
            connection.commit();
            return number;
        }
    }

    /** Executes a statement and returns the number of its transaction. */
    private static int transaction(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
            try (ResultSet row = statement.executeQuery("SELECT pg_current_xact_id()::xid::text")) {
                row.next();
                return Integer.parseUnsignedInt(row.getString(1));
            }
        }
    }

    private static void awaitBlocked(PostgresServer site) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        try (Connection connection = site.connect("shop");
                Statement statement = connection.createStatement()) {
            while (System.nanoTime() < deadline) {
                try (ResultSet row = statement.executeQuery("SELECT count(*) FROM pg_locks WHERE NOT granted")) {
                    row.next();
                    if (row.getInt(1) > 0) {
                        return;
                    }
                }
                TimeUnit.MILLISECONDS.sleep(5);
            }
        }
        throw new AssertionError("the write did not wait for the local transaction within 10 s");
    }

    private static RowWrite write(int id, Operation operation, @Nullable String a) {
        RowKey key = new RowKey(TABLE.id(), List.of(Integer.toString(id)));
        Image image = a == null ? null : Image.of(Cell.text(Integer.toString(id)), Cell.text(a));
        Position position = new Position(1);
        return new RowWrite(
                TABLE,
                key,
                operation,
                image,
                VersionVector.of(WEST, position),
                null,
                WEST,
                position,
                Stamp.NONE,
                1,
                List.of());
    }
}
