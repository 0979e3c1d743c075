package dev.entwine.bench;

import dev.entwine.embedded.PostgresServer;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
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

    private final Path directory;
    private final Process process;

    private EngineProcess(Path directory, Process process) {
        this.directory = directory;
        this.process = process;
    }

    /** Sites that are initialized, and for which an engine can be started. */
    record Setup(Path directory, Path configuration, String heap) {
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
            return new EngineProcess(directory, launch(directory, heap, options, "run", configuration.toString()));
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
        return new Setup(directory, configuration, heap);
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

    private String readLog() {
        try {
            return Files.readString(log(directory));
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
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log(directory).toFile()))
                .start();
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

    /** Ends it, and leaves the sites as they are. */
    void stop() throws IOException {
        boolean ranUntilNow = process.isAlive();
        process.destroy();
        end(process);
        if (!ranUntilNow) {
            throw new IOException("the engine ended by itself: " + Files.readString(log(directory)));
        }
    }

    /** Ends it and takes its slots and origins from the servers, which have room for few. */
    @Override
    public void close() throws IOException {
        stop();
        Process remove = launch(
                directory,
                "64m",
                List.of(),
                "remove",
                directory.resolve(CONFIGURATION).toString());
        end(remove);
        if (remove.exitValue() != 0) {
            throw new IOException("remove failed: " + Files.readString(log(directory)));
        }
        try (var files = Files.list(directory)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(directory);
    }
}
