package dev.entwine.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Writers at several sites that update (70 %), insert (20 %) and delete (10 %) rows of the same tables, and remember every write
 * that the server acknowledged. Plain JDBC: what keeps the sites in step is not known here. Any thread may call anything.
 */
public final class Workload implements AutoCloseable {
    /** Counters that each writer has for itself. */
    static final int COUNTERS = 4;

    /** Names in the schema's tables, so that they can be published or configured. */
    public static final List<String> TABLES = Stream.concat(
                    WorkloadTable.SHARED.stream().map(WorkloadTable::name), Stream.of(WorkloadTable.COUNTER))
            .toList();

    private static final Duration END_MAX = Duration.ofSeconds(60);

    /** Opens a connection to one site, in auto-commit mode. */
    public interface Connector {
        Connection connect() throws SQLException;
    }

    private final Recorder recorder = new Recorder();
    private final List<WorkloadWriter> writers = new ArrayList<>();
    private final List<Thread> threads;

    private Workload(WorkloadOptions options, Map<String, Connector> sites) {
        int site = 0;
        for (Map.Entry<String, Connector> entry : new TreeMap<>(sites).entrySet()) {
            site++;
            for (int number = 0; number < options.writers(); number++) {
                writers.add(new WorkloadWriter(entry.getKey(), site, number, options, entry.getValue(), recorder));
            }
        }
        threads = writers.stream()
                .map(writer -> Thread.ofVirtual().name("workload-" + writer).start(writer::run))
                .toList();
    }

    /** Creates the tables, empty. */
    public static void createSchema(Connection connection) throws SQLException, IOException {
        try (InputStream schema = Workload.class.getResourceAsStream("workload.sql");
                Statement statement = connection.createStatement()) {
            if (schema == null) {
                throw new IllegalStateException("workload.sql is missing from the class path");
            }
            statement.execute(new String(schema.readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    /** Fills empty tables with rows that depend on the options and the names of the sites alone. */
    public static void fill(Connection connection, WorkloadOptions options, List<String> sites) throws SQLException {
        for (WorkloadTable table : WorkloadTable.SHARED) {
            fill(connection, table, options);
        }
        String sql = "INSERT INTO counter (site, id, tag, value) VALUES (?, ?, ?, 0)";
        try (PreparedStatement insert = connection.prepareStatement(sql)) {
            for (String site : sites) {
                for (int id = 0; id < COUNTERS * options.writers(); id++) {
                    insert.setString(1, site);
                    insert.setInt(2, id);
                    insert.setString(3, "fill-counter-" + site + "-" + id);
                    insert.addBatch();
                }
            }
            insert.executeBatch();
        }
    }

    private static void fill(Connection connection, WorkloadTable table, WorkloadOptions options) throws SQLException {
        SplittableRandom random =
                new SplittableRandom(options.seed() ^ table.name().hashCode());
        try (PreparedStatement insert = connection.prepareStatement(insertSql(table))) {
            for (long number = 1; number <= options.rows(); number++) {
                int at = 1;
                for (String text : table.keyOf().apply(number)) {
                    insert.setString(at++, text);
                }
                insert.setString(at++, "fill-" + table.name() + "-" + number);
                for (WorkloadTable.Value value : table.values()) {
                    insert.setString(at++, value.text().apply(random));
                }
                insert.addBatch();
            }
            insert.executeBatch();
        }
    }

    /** Parameters: the key, the tag, every value. */
    static String insertSql(WorkloadTable table) {
        List<WorkloadTable.Typed> columns = new ArrayList<>(table.keyColumns());
        columns.add(new WorkloadTable.Typed("tag", "text"));
        table.values().forEach(value -> columns.add(value.column()));
        return "INSERT INTO " + table.name() + " ("
                + columns.stream().map(WorkloadTable.Typed::name).collect(Collectors.joining(", ")) + ") VALUES ("
                + columns.stream().map(WorkloadTable.Typed::parameter).collect(Collectors.joining(", "))
                + ") ON CONFLICT DO NOTHING";
    }

    /** Starts writing at every site; tables must be there and filled. */
    public static Workload start(WorkloadOptions options, Map<String, Connector> sites) {
        return new Workload(options, sites);
    }

    public Recorder recorder() {
        return recorder;
    }

    /**
     * Lets each writer finish its transaction. Nothing is written after it returns.
     *
     * @throws IllegalStateException a writer did not end in time, or failed in a way that is an error of the workload
     */
    public void stop() {
        writers.forEach(WorkloadWriter::stop);
        for (Thread thread : threads) {
            try {
                if (!thread.join(END_MAX)) {
                    throw new IllegalStateException(thread.getName() + " did not end within " + END_MAX);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted while writers were ending", e);
            }
        }
        writers.forEach(WorkloadWriter::throwIfFailed);
    }

    @Override
    public void close() {
        stop();
    }
}
