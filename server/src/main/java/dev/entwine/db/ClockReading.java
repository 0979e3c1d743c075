package dev.entwine.db;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;

/**
 * How far a server's clock is ahead of ours.
 *
 * @param ahead   negative when it is behind
 * @param within  how wrong that may be: half of the time that the question took
 */
public record ClockReading(Duration ahead, Duration within) {
    public static ClockReading read(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            long startNanos = System.nanoTime();
            Instant before = Instant.now();
            try (ResultSet row = statement.executeQuery("SELECT clock_timestamp()")) {
                row.next();
                Instant there = row.getObject(1, OffsetDateTime.class).toInstant();
                Duration half = Duration.ofNanos((System.nanoTime() - startNanos) / 2);
                return new ClockReading(Duration.between(before.plus(half), there), half);
            }
        }
    }
}
