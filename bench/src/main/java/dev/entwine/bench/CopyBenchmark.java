package dev.entwine.bench;

import dev.entwine.embedded.PostgresServer;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Measures {@code init --copy-from} of a table of twelve columns, as its users run it, from the command's start to its end, against
 * {@code psql} that copies the same table out of the one server and into the other through a pipe. In turn, into an empty table with
 * its primary key. {@code -Dcopy.rows} (10,000,000) and {@code -Dcopy.rounds} (3) can be set; {@code psql} is looked for in the path.
 */
public final class CopyBenchmark {
    private static final int ROWS = Integer.getInteger("copy.rows", 10_000_000);
    private static final int ROUNDS = Integer.getInteger("copy.rounds", 3);
    private static final Duration COPY_MAX = Duration.ofHours(2);
    private static final String DATABASE = "copied";

    private CopyBenchmark() {}

    public static void main(String[] arguments) throws Exception {
        try (Pair pair = Pair.start()) {
            for (String site : Pair.SITES) {
                pair.server(site).createDatabase(DATABASE);
                pair.server(site).execute(DATABASE, VerifyBenchmark.CREATE);
            }
            pair.server("east").execute(DATABASE, VerifyBenchmark.FILL.replace("ROWS", Integer.toString(ROWS)));
            pair.server("east").execute(DATABASE, "VACUUM ANALYZE t");
            EngineProcess.Setup setup =
                    EngineProcess.configure(pair, DATABASE, "512m", "tables:\n  - match: public.*\n");
            List<Double> pipes = new ArrayList<>();
            List<Double> copies = new ArrayList<>();
            for (int round = 0; round < ROUNDS; round++) {
                pipes.add(pipe(pair));
                empty(pair);
                copies.add(copy(setup));
                if (round + 1 == ROUNDS) {
                    verify(setup);
                }
                setup.command("64m", COPY_MAX, "remove");
                empty(pair);
                System.out.printf(
                        "%,d rows: psql to psql %.1f s, init --copy-from %.1f s: %.0f %%%n",
                        ROWS, pipes.getLast(), copies.getLast(), 100 * pipes.getLast() / copies.getLast());
            }
            System.out.printf(
                    "medians: psql to psql %,.0f rows/s, init --copy-from %,.0f rows/s: %.0f %%%n",
                    ROWS / median(pipes), ROWS / median(copies), 100 * median(pipes) / median(copies));
        }
    }

    private static void empty(Pair pair) throws SQLException {
        pair.server("west").execute(DATABASE, "TRUNCATE t");
        pair.server("west").execute(DATABASE, "CHECKPOINT");
    }

    private static double pipe(Pair pair) throws IOException, InterruptedException {
        long start = System.nanoTime();
        List<Process> both = ProcessBuilder.startPipeline(
                List.of(psql(pair, "east", "COPY t TO STDOUT"), psql(pair, "west", "COPY t FROM STDIN")));
        for (Process process : both) {
            if (process.waitFor() != 0) {
                throw new IOException("psql failed");
            }
        }
        return (System.nanoTime() - start) / 1e9;
    }

    private static ProcessBuilder psql(Pair pair, String site, String sql) {
        PostgresServer server = pair.server(site);
        ProcessBuilder builder = new ProcessBuilder(
                        "psql",
                        "-X",
                        "-q",
                        "-h",
                        "127.0.0.1",
                        "-p",
                        Integer.toString(server.port()),
                        "-U",
                        PostgresServer.SUPERUSER,
                        "-d",
                        DATABASE,
                        "-v",
                        "ON_ERROR_STOP=1",
                        "-c",
                        sql)
                .redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().put("PGPASSWORD", server.password());
        return builder;
    }

    private static double copy(EngineProcess.Setup setup) throws IOException, InterruptedException {
        long start = System.nanoTime();
        setup.command("512m", COPY_MAX, "init", "--copy-from", "east");
        return (System.nanoTime() - start) / 1e9;
    }

    /** The engine brings nothing, and both have the same rows. */
    private static void verify(EngineProcess.Setup setup) throws IOException, InterruptedException {
        EngineProcess engine = setup.run();
        setup.await(COPY_MAX);
        long start = System.nanoTime();
        setup.command("512m", COPY_MAX, "verify");
        System.out.printf("copied, in step and verified in %.1f s%n", (System.nanoTime() - start) / 1e9);
        engine.stop();
    }

    private static double median(List<Double> values) {
        return values.stream().sorted().toList().get(values.size() / 2);
    }
}
