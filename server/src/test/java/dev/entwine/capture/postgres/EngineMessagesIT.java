package dev.entwine.capture.postgres;

import static dev.entwine.capture.postgres.Site.emission;
import static dev.entwine.capture.postgres.Site.table;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.entwine.capture.LogReader;
import dev.entwine.capture.UnreadableLogException;
import dev.entwine.embedded.PostgresBinaries;
import dev.entwine.embedded.PostgresServer;
import dev.entwine.model.LogEntry;
import dev.entwine.model.LogEntry.LocalTransaction;
import dev.entwine.model.LogEntry.Marker;
import dev.entwine.model.Message;
import dev.entwine.model.Position;
import dev.entwine.model.RowId;
import dev.entwine.model.SiteId;
import dev.entwine.model.Stamp;
import dev.entwine.model.Table;
import dev.entwine.model.VersionVector;
import dev.entwine.testkit.PostgresVersions;
import java.io.IOException;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the engine writes into the log about itself, and what must stop the reading. */
@ParameterizedClass
@MethodSource("versions")
final class EngineMessagesIT {
    private static final Table T = table("t", 1, "id", "a");
    private static final String APPLY = emission(Message.PREFIX, "apply");
    private static final VersionVector APPLIED = VersionVector.parse("north=0/FF,west=1/2A");
    private static final Message.Applied APPLIED_MESSAGE = new Message.Applied(
            3,
            41,
            new Stamp(1_700_000_000_000_001L),
            new Position(0x1234),
            APPLIED,
            Map.of(
                    new RowId(1, -1), VersionVector.of(Site.EAST, new Position(77)),
                    new RowId(-2, 2), VersionVector.of(new SiteId("west"), new Position(78))),
            Map.of(new RowId(3, 4), new Position(79)));

    private final PostgresServer server;
    private Site site;

    EngineMessagesIT(PostgresBinaries version) throws IOException {
        server = Servers.of(version);
    }

    static List<PostgresBinaries> versions() {
        return PostgresVersions.all();
    }

    @BeforeEach
    void createTables() throws SQLException {
        site = new Site(server);
        site.execute("CREATE TABLE t (id int PRIMARY KEY, a text)");
        site.publish(T);
    }

    @AfterEach
    void dropSite() throws SQLException {
        site.close();
    }

    private static void assertCarries(Marker marker, Message.Applied message) {
        assertThat(marker.applied()).isEqualTo(message.applied());
        assertThat(marker.merged()).isEqualTo(message.merged());
        assertThat(marker.unlocked()).isEqualTo(message.unlocked());
        assertThat(marker.epoch()).isEqualTo(message.epoch());
        assertThat(marker.stamp()).isEqualTo(message.stamp());
    }

    @Test
    void an_apply_transaction_is_a_marker_and_its_rows_do_not_appear() throws Exception {
        try (LogReader reader = site.reader()) {
            site.execute("BEGIN; SELECT " + APPLY + "; INSERT INTO t VALUES (1, 'x'), (2, 'x'); TRUNCATE t; SELECT "
                    + emission(Message.PREFIX, APPLIED_MESSAGE.toString()) + "; COMMIT");
            assertCarries(site.readOne(reader, Marker.class), APPLIED_MESSAGE);
        }
    }

    @Test
    void an_apply_transaction_under_an_origin_is_a_marker_too() throws Exception {
        try (LogReader reader = site.reader()) {
            String origin = "o" + site.database();
            site.execute("SELECT pg_replication_origin_create('" + origin + "')");
            site.execute("BEGIN; SELECT " + APPLY + "; SELECT " + emission(Message.PREFIX, APPLIED_MESSAGE.toString())
                    + "; SELECT pg_replication_origin_session_setup('" + origin + "'); INSERT INTO t VALUES (1, 'x');"
                    + " SELECT pg_replication_origin_session_reset(); COMMIT");
            site.execute("INSERT INTO t VALUES (2, 'local')");
            List<LogEntry> entries = site.readAll(reader);
            assertThat(entries).hasSize(2);
            assertCarries((Marker) entries.get(0), APPLIED_MESSAGE);
            assertThat(((LocalTransaction) entries.get(1)).changes())
                    .extracting(change -> change.key().values().getFirst())
                    .containsExactly("2");
            site.execute("SELECT pg_replication_origin_drop('" + origin + "')");
        }
    }

    @Test
    void the_last_of_several_applied_messages_counts_and_without_one_there_is_no_entry() throws Exception {
        Message.Applied first =
                new Message.Applied(1, 1, Stamp.NONE, Position.NONE, VersionVector.EMPTY, Map.of(), Map.of());
        try (LogReader reader = site.reader()) {
            site.execute("BEGIN; SELECT " + APPLY + "; INSERT INTO t VALUES (1, 'x'); COMMIT");
            site.execute("BEGIN; SELECT " + APPLY + "; SELECT " + emission(Message.PREFIX, first.toString())
                    + "; SELECT " + emission(Message.PREFIX, APPLIED_MESSAGE.toString()) + "; COMMIT");
            assertCarries(site.readOne(reader, Marker.class), APPLIED_MESSAGE);
        }
    }

    @Test
    void a_fence_a_ping_and_messages_of_others() throws Exception {
        try (LogReader reader = site.reader()) {
            site.emit(new Message.Fence("17 words of mine"));
            site.emit(new Message.Ping("p"));
            site.emit("other", "apply");
            site.execute("SELECT pg_logical_emit_message(false, '" + Message.PREFIX + "', 'apply')");
            site.execute("BEGIN; SELECT " + emission("other", "x") + "; INSERT INTO t VALUES (1, 'x'); SELECT "
                    + emission(Message.PREFIX, "fence not empty") + "; COMMIT");
            List<LogEntry> entries = site.readAll(reader);
            assertThat(entries).hasSize(3);
            assertThat(((LogEntry.Fence) entries.get(0)).token()).isEqualTo("17 words of mine");
            assertThat(((LocalTransaction) entries.get(1)).changes()).isEmpty();
            assertThat(((LocalTransaction) entries.get(2)).changes()).hasSize(1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "fence", "applied", "applied 1 2", "applied 1 2 west=0/1 row", "conquer"})
    void an_engine_message_that_is_not_understood_stops_the_reading(String text) throws Exception {
        try (LogReader reader = site.reader()) {
            site.emit(Message.PREFIX, text);
            assertUnreadable(reader, "message");
        }
    }

    @Test
    void a_transaction_that_turns_into_the_engines_after_its_first_row_stops_the_reading() throws Exception {
        try (LogReader reader = site.reader()) {
            site.execute("BEGIN; INSERT INTO t VALUES (1, 'x'); SELECT " + APPLY + "; COMMIT");
            assertUnreadable(reader, "after its first row");
        }
    }

    @Test
    void an_applied_message_without_a_beginning_stops_the_reading() throws Exception {
        try (LogReader reader = site.reader()) {
            site.emit(APPLIED_MESSAGE);
            assertUnreadable(reader, "did not begin");
        }
    }

    private void assertUnreadable(LogReader reader, String... words) {
        assertThatThrownBy(() -> site.readAll(reader))
                .isInstanceOf(UnreadableLogException.class)
                .hasMessageContaining("site east")
                .hasMessageContaining("position")
                .hasMessageContainingAll(words);
        assertThatThrownBy(() -> Site.next(reader)).isInstanceOf(UnreadableLogException.class);
    }

    @Test
    void a_new_column_stops_the_reading_at_the_first_row_that_has_it() throws Exception {
        try (LogReader reader = site.reader()) {
            site.execute("INSERT INTO t VALUES (1, 'x')");
            site.execute("ALTER TABLE t ADD COLUMN z int; INSERT INTO t VALUES (2, 'x', 3)");
            assertThat(Site.next(reader)).isInstanceOf(LocalTransaction.class);
            assertUnreadable(reader, "column z of table public.t", "is not among the columns");
        }
    }

    @Test
    void a_renamed_and_a_dropped_column_stop_the_reading() throws Exception {
        try (LogReader reader = site.reader()) {
            site.execute("ALTER TABLE t RENAME COLUMN a TO y; INSERT INTO t VALUES (1, 'x')");
            assertUnreadable(reader, "column y of table public.t");
        }
    }

    @Test
    void a_dropped_column_stops_the_reading() throws Exception {
        try (LogReader reader = site.reader()) {
            site.execute("ALTER TABLE t DROP COLUMN a; INSERT INTO t VALUES (1)");
            assertUnreadable(reader, "table public.t has no replicated column a");
        }
    }

    @Test
    void a_table_that_nobody_declared_stops_the_reading() throws Exception {
        site.undeclare(T);
        try (LogReader reader = site.reader()) {
            site.execute("INSERT INTO t VALUES (1, 'x')");
            assertUnreadable(reader, "table public.t is in the publication but is not among the synchronized tables");
        }
    }

    @Test
    void a_key_outside_of_the_replica_identity_stops_the_reading() throws Exception {
        site.execute("ALTER TABLE t ALTER a SET NOT NULL; CREATE UNIQUE INDEX ta ON t (a);"
                + " ALTER TABLE t REPLICA IDENTITY USING INDEX ta");
        try (LogReader reader = site.reader()) {
            site.execute("INSERT INTO t VALUES (1, 'x')");
            assertUnreadable(reader, "replica identity of table public.t", "column id");
        }
    }

    @Test
    void a_key_whose_equal_values_have_several_texts_stops_the_reading() throws Exception {
        site.execute("CREATE TABLE j (id jsonb PRIMARY KEY)");
        Table documents = table("j", 1, "id");
        site.declare(documents);
        site.addToPublication(documents);
        try (LogReader reader = site.reader()) {
            site.execute("INSERT INTO j VALUES ('1.0')");
            assertUnreadable(reader, "key of table public.j");
        }
    }

    @Test
    void a_generated_column_is_not_replicated() throws Exception {
        site.execute("CREATE TABLE g (id int PRIMARY KEY, a int, twice int GENERATED ALWAYS AS (a * 2) STORED)");
        Table generated = table("g", 1, "id", "a");
        site.declare(generated);
        site.addToPublication(generated);
        try (LogReader reader = site.reader()) {
            site.execute("INSERT INTO g VALUES (1, 2)");
            assertThat(site.readOne(reader, LocalTransaction.class).changes()).hasSize(1);
        }
    }
}
