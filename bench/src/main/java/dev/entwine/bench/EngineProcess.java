package dev.entwine.bench;

import dev.entwine.embedded.PostgresServer;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The engine as its users run it: a process of its own, with the launcher's options. */
final class EngineProcess implements Contender {
    private static final String CONFIGURATION = "entwine.yaml";
    private static final long COMMAND_SECONDS_MAX = 120;
    /** It compares the sites. */
    private static final Duration INIT_MAX = Duration.ofMinutes(30);

    /** What {@code run} says first when both sites' logs are read and both are written. */
    private static final String RUNNING = "running (epoch ";

    private static final long LOOK_MS = 5;

    private final Setup setup;
    private final Process process;

    private EngineProcess(Setup setup, Process process) {
        this.setup = setup;
        this.process = process;
    }

    /** Sites that are initialized, and for which an engine can be started. */
    record Setup(Pair pair, String database, Path directory, Path configuration, String heap) {
        EngineProcess run() throws IOException {
            return run(List.of());
        }

        /** Waits until all that was committed before is applied at every site. */
        void await(Duration atMost) throws IOException, InterruptedException {
            command("64m", atMost.plusMinutes(1), "wait", "--timeout", atMost.toSeconds() + "s");
        }

        /** Runs a command, which must succeed. */
        void command(String memory, Duration atMost, String name, String... options)
                throws IOException, InterruptedException {
            List<String> arguments = new ArrayList<>(List.of(name, configuration.toString()));
            arguments.addAll(List.of(options));
            Process process = launch(directory, memory, List.of(), arguments.toArray(String[]::new));
            if (!process.waitFor(atMost.toSeconds(), TimeUnit.SECONDS) || process.exitValue() != 0) {
                process.destroyForcibly();
                throw new IOException(name + " failed: " + Files.readString(log(directory)));
            }
        }

        /** @param options of the virtual machine, beside the launcher's */
        EngineProcess run(List<String> options) throws IOException {
            return new EngineProcess(this, launch(directory, heap, options, "run", configuration.toString()));
        }
    }

    /**
     * @param options of the virtual machine, beside the launcher's
     * @param engine  what stands in the configuration under {@code engine}
     */
    static EngineProcess start(Pair pair, String database, List<String> options, String engine)
            throws IOException, InterruptedException {
        return setup(
                        pair,
                        database,
                        "512m",
                        "tables:\n  - match: public.*\n  - match: east.*\n  - match: west.*\nengine:\n" + engine)
                .run(options);
    }

    /**
     * @param heap     of the engine, as the virtual machine reads it
     * @param settings what stands in the configuration behind the sites
     */
    static Setup setup(Pair pair, String database, String heap, String settings)
            throws IOException, InterruptedException {
        Setup setup = configure(pair, database, heap, settings);
        setup.command("512m", INIT_MAX, "init", "--equal");
        return setup;
    }

    /** The same, but for the initialization. */
    static Setup configure(Pair pair, String database, String heap, String settings) throws IOException {
        Path directory = Files.createTempDirectory("entwine-bench-");
        Path configuration = directory.resolve(CONFIGURATION);
        Files.writeString(configuration, yaml(pair, database) + settings);
        return new Setup(pair, database, directory, configuration, heap);
    }

    /** The live objects' bytes, after a collection. */
    long liveBytes() throws IOException, InterruptedException {
        Process look = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                        Long.toString(process.pid()),
                        "GC.class_histogram")
                .redirectErrorStream(true)
                .start();
        String text = new String(look.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        String total = text.lines()
                .filter(line -> line.startsWith("Total"))
                .findFirst()
                .orElseThrow(() -> new IOException("the engine does not tell its heap: " + text + readLog()));
        look.waitFor();
        return Long.parseLong(total.trim().split(" +", -1)[2]);
    }

    /** Waits until it says that it runs. */
    void awaitRunning() throws IOException, InterruptedException {
        while (!readLog().contains(RUNNING)) {
            requireRunning();
            Thread.sleep(LOOK_MS);
        }
    }

    private String readLog() {
        try {
            return Files.readString(log(setup.directory()));
        } catch (IOException e) {
            return String.valueOf(e);
        }
    }

    private static String yaml(Pair pair, String database) {
        StringBuilder yaml = new StringBuilder("sites:\n");
        for (String site : Pair.SITES) {
            yaml.append("  ")
                    .append(site)
                    .append(":\n    url: ")
                    .append(pair.server(site).url(database));
            yaml.append("\n    user: ").append(PostgresServer.SUPERUSER).append('\n');
        }
        return yaml.toString();
    }

    private static Process launch(Path directory, String heap, List<String> options, String... arguments)
            throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx" + heap,
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED"));
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), "dev.entwine.cli.Main"));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log(directory).toFile()))
                .start();
        // The servers end with this process; without them an engine would try to reach them for ever.
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
        return process;
    }

    private static Path log(Path directory) {
        return directory.resolve("engine.log");
    }

    private static void end(Process process) throws IOException {
        try {
            if (!process.waitFor(COMMAND_SECONDS_MAX, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while a process was ended");
        }
    }

    @Override
    public double ownSeconds() {
        return process.info().totalCpuDuration().orElse(Duration.ZERO).toMillis() / 1e3;
    }

    /** From the kernel's table about the process, where it stands in kilobytes. */
    @Override
    public long peakBytes() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc", Long.toString(process.pid()), "status"))) {
            if (line.startsWith("VmHWM:")) {
                return 1024 * Long.parseLong(line.replaceAll("[^0-9]", ""));
            }
        }
        throw new IOException("the kernel does not tell the engine's memory");
    }

    @Override
    public void requireRunning() throws IOException {
        if (!process.isAlive()) {
            throw new IOException("the engine ended by itself: " + readLog());
        }
    }

    /** Ends it, and leaves the sites as they are. */
    void stop() throws IOException {
        boolean ranUntilNow = process.isAlive();
        process.destroy();
        end(process);
        if (!ranUntilNow) {
            requireRunning();
        }
    }

    @Override
    public void close() throws IOException, SQLException {
        try {
            stop();
            setup.pair().release(setup.database());
        } finally {
            delete(setup.directory());
        }
    }

    private static void delete(Path directory) throws IOException {
        try (var files = Files.list(directory)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(directory);
    }
}
