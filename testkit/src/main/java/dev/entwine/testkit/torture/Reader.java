package dev.entwine.testkit.torture;

import dev.entwine.testkit.witness.Witness;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/** Looks at one site while it is written, on a thread of its own, for what nobody must ever see. */
final class Reader {
    private static final long PAUSE_NANOS = 50_000_000;

    /** Each finds rows that break a promise, within one statement and so at one instant. */
    private static final Map<String, String> LOOKS = Map.of("torn group", """
        SELECT g || ': ' || string_agg(tag, ', ') FROM (SELECT g, tag FROM group_a UNION SELECT g, tag FROM group_b
            UNION SELECT g, tag FROM group_c) t GROUP BY g HAVING count(*) > 1\
        """, "effect without its cause", """
        SELECT e.id || ' of ' || e.cause FROM chain e LEFT JOIN chain c ON c.id = e.cause
        WHERE e.made > clock_timestamp() - interval '20 s' AND e.cause IS NOT NULL AND c.id IS NULL\
        """);

    private final String site;
    private final Witness.Connector connector;
    private final Consumer<String> findings;
    private final AtomicLong looks;
    private volatile boolean stopped;

    Reader(String site, Witness.Connector connector, Consumer<String> findings, AtomicLong looks) {
        this.site = site;
        this.connector = connector;
        this.findings = findings;
        this.looks = looks;
    }

    void stop() {
        stopped = true;
    }

    void run() {
        while (!stopped) {
            try (Connection connection = connector.connect();
                    Statement statement = connection.createStatement()) {
                while (!stopped) {
                    look(statement);
                    LockSupport.parkNanos(PAUSE_NANOS);
                }
            } catch (SQLException e) {
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        }
    }

    private void look(Statement statement) throws SQLException {
        for (Map.Entry<String, String> look : LOOKS.entrySet()) {
            try (ResultSet row = statement.executeQuery(look.getValue())) {
                while (row.next()) {
                    findings.accept(look.getKey() + " seen at " + site + ": " + row.getString(1));
                }
            }
            looks.incrementAndGet();
        }
    }
}
