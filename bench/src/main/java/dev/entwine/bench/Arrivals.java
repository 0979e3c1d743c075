package dev.entwine.bench;

import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * When rows have come to the other site: a deferred trigger notes the time at which the transaction that brings a row commits. So
 * nobody asks again and again whether a row is there, which would take processor time from what is measured, and the more the longer
 * the way is. All sites are on one machine and its clock.
 */
final class Arrivals {
    /** The trigger fires in transactions of replication alone; what it writes stays at its site. */
    static final String TABLES = """
        CREATE TABLE probe (site text, id bigint, PRIMARY KEY (site, id));
        CREATE SCHEMA bench;
        CREATE TABLE bench.arrival (site text, id bigint, at timestamptz, PRIMARY KEY (site, id));
        CREATE FUNCTION bench.arrive() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO bench.arrival VALUES (NEW.site, NEW.id, clock_timestamp());
            RETURN NULL;
        END $$;
        CREATE CONSTRAINT TRIGGER arrive AFTER INSERT ON probe
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION bench.arrive();
        ALTER TABLE probe ENABLE REPLICA TRIGGER arrive;
        """;

    private static final Duration AT_MOST = Duration.ofSeconds(60);
    private static final long LOOK_MS = 20;

    /** What could end while a row is waited for. */
    interface Condition {
        void require() throws IOException;
    }

    private Arrivals() {}

    /** Commits a row at a site; the pair of both is new. */
    static void send(Connection from, String site, long id) throws SQLException {
        try (PreparedStatement insert = from.prepareStatement("INSERT INTO probe VALUES (?, ?)")) {
            insert.setString(1, site);
            insert.setLong(2, id);
            insert.executeUpdate();
        }
    }

    /** When a row came; waits for a minute at most. */
    static Instant await(Connection to, String site, long id) throws SQLException, InterruptedException {
        try {
            return await(to, site, id, AT_MOST, () -> {});
        } catch (IOException e) {
            throw new IllegalStateException(e); // nothing was required
        }
    }

    /** @param condition asked whenever the row is not there yet */
    static Instant await(Connection to, String site, long id, Duration atMost, Condition condition)
            throws SQLException, InterruptedException, IOException {
        long start = System.nanoTime();
        while (System.nanoTime() - start < atMost.toNanos()) {
            Optional<Instant> at = find(to, site, id);
            if (at.isPresent()) {
                return at.get();
            }
            condition.require();
            Thread.sleep(LOOK_MS);
        }
        throw new IllegalStateException(
                "row " + id + " of site " + site + " has not arrived within " + atMost.toSeconds() + " s");
    }

    private static Optional<Instant> find(Connection to, String site, long id) throws SQLException {
        try (PreparedStatement select = to.prepareStatement("SELECT at FROM bench.arrival WHERE site = ? AND id = ?")) {
            select.setString(1, site);
            select.setLong(2, id);
            try (ResultSet row = select.executeQuery()) {
                return row.next() ? Optional.of(row.getTimestamp(1).toInstant()) : Optional.empty();
            }
        }
    }
}
