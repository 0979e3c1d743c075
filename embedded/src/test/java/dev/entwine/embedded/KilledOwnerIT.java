package dev.entwine.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever happens to the Java process that started a server, neither process nor folder stays behind. */
final class KilledOwnerIT {
    private static final Duration LIMIT = Duration.ofSeconds(20);

    /** The child: starts a server, tells its process id and data directory, and waits to be killed. */
    static final class Owner {
        private Owner() {}

        public static void main(String[] arguments) throws Exception {
            PostgresServer server = PostgresServer.start();
            String data = String.valueOf(server.value("postgres", "SHOW data_directory"));
            String pid = Files.readAllLines(Path.of(data, "postmaster.pid")).getFirst();
            switch (arguments[0]) {
                case "paused" -> server.pause();
                case "stopped" -> server.stop();
                default -> {}
            }
            System.out.println(pid + " " + data);
            if (arguments[0].equals("ending")) {
                return;
            }
            Thread.sleep(LIMIT.toMillis());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"running", "paused", "stopped"})
    void a_killed_owner_leaves_nothing_behind(String state) throws Exception {
        Process owner = owner(state);
        String[] told = owner.inputReader().readLine().split(" ", 2);
        owner.destroyForcibly().waitFor();
        assertNothingStays(Long.parseLong(told[0]), Path.of(told[1]));
    }

    @Test
    void an_owner_that_ends_without_closing_leaves_nothing_behind() throws Exception {
        Process owner = owner("ending");
        String[] told = owner.inputReader().readLine().split(" ", 2);
        owner.waitFor();
        assertNothingStays(Long.parseLong(told[0]), Path.of(told[1]));
    }

    private static Process owner(String state) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Owner.class.getName(), state));
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    private static void assertNothingStays(long pid, Path data) throws IOException {
        Path scratch = data.resolveSibling("");
        assertThat(Processes.await(LIMIT, () -> Processes.isGone(pid) && !Files.exists(scratch)))
                .as(
                        "server process %d gone: %s, folder %s gone: %s",
                        pid, Processes.isGone(pid), scratch, !Files.exists(scratch))
                .isTrue();
    }
}
