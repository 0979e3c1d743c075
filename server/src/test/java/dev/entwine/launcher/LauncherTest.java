package dev.entwine.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LauncherTest {
    private static final Path SCRIPT = Path.of(System.getProperty("entwine.root"), "entwine");
    private static final List<String> TOOLS =
            List.of("sh", "dirname", "readlink", "find", "head", "tail", "sed", "id", "mkdir", "touch", "flock", "cat");

    @TempDir
    private Path folder = Path.of("");

    private Path root = folder;
    private Path home = folder;
    private final Map<String, String> environment = new TreeMap<>();

    /** A checkout that has been built, and a home with a Java that is newer than any on this machine. */
    @BeforeEach
    void prepare() throws IOException {
        root = Files.createDirectories(folder.resolve("check out"));
        home = Files.createDirectories(folder.resolve("home"));
        Files.copy(SCRIPT, root.resolve("entwine"));
        Files.createDirectories(root.resolve("server/target/lib"));
        Files.writeString(root.resolve("pom.xml"), "<project/>");
        Files.createDirectories(root.resolve("server/src/main"));
        Files.writeString(root.resolve("server/src/main/Source.java"), "class Source {}");
        Path jar = Files.writeString(jar(), "built");
        Files.setLastModifiedTime(jar, FileTime.from(Instant.now().plusSeconds(5)));
        java(home.resolve(".sdkman/candidates/java/99"), "99.0.1");
        environment.put("HOME", home.toString());
        environment.put("JAVA_HOME", "");
    }

    private Path jar() {
        return root.resolve("server/target/entwine-server-0.1.0-SNAPSHOT.jar");
    }

    @Test
    void the_newest_java_runs_the_command_with_options_for_a_short_start() throws Exception {
        environment.put("ENTWINE_JAVA_OPTS", "-Dmine=1 -Xmx99m");
        Result result = run(root.resolve("entwine"), "status", "my file.yaml", "--json");
        assertThat(result.exitCode()).as(result.output()).isZero();
        assertThat(result.output().lines())
                .startsWith("java 99.0.1")
                .contains("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "--sun-misc-unsafe-memory-access=allow")
                .containsSubsequence(
                        "--enable-native-access=ALL-UNNAMED", "-Dmine=1", "-Xmx99m", "-cp", "dev.entwine.cli.Main")
                .endsWith("dev.entwine.cli.Main", "status", "my file.yaml", "--json");
    }

    @Test
    void the_service_gets_the_whole_compiler_and_a_limit_that_can_be_overridden() throws Exception {
        environment.put("ENTWINE_JAVA_OPTS", "-Xmx2g");
        assertThat(run(root.resolve("entwine"), "run", "c.yaml").output().lines())
                .containsSubsequence("-Xmx512m", "-XX:+UseSerialGC", "-Xmx2g")
                .doesNotContain("-XX:TieredStopAtLevel=1");
    }

    @Test
    void the_measurements_are_run_where_they_have_been_built_and_said_to_be_missing_elsewhere() throws Exception {
        Result missing = run(root.resolve("entwine"), "bench", "--quick");
        assertThat(missing.exitCode()).isEqualTo(1);
        assertThat(missing.output()).contains("'bench' is not part of this installation");
        assertThat(run(root.resolve("entwine"), "--help").output()).doesNotContain("-Dentwine.bench=true");
        Files.createDirectories(root.resolve("bench/target/classes"));
        Files.createDirectories(root.resolve("bench/target/lib"));
        assertThat(run(root.resolve("entwine"), "bench", "--out", "my bench")
                        .output()
                        .lines())
                .contains(root.toRealPath() + "/bench/target/classes:" + root.toRealPath() + "/bench/target/lib/*")
                .doesNotContain("-XX:TieredStopAtLevel=1", "bench")
                .endsWith("dev.entwine.bench.BenchCommand", "--out", "my bench");
        assertThat(run(root.resolve("entwine"), "--help").output()).contains("-Dentwine.bench=true");
    }

    @Test
    void a_collector_of_the_users_own_replaces_ours() throws Exception {
        environment.put("ENTWINE_JAVA_OPTS", "-XX:+UseParallelGC");
        assertThat(run(root.resolve("entwine"), "status").output().lines()).doesNotContain("-XX:+UseSerialGC");
    }

    @Test
    void java_home_wins_when_it_is_new_enough_and_is_passed_over_when_not() throws Exception {
        environment.put("JAVA_HOME", java(folder.resolve("good"), "21").toString());
        assertThat(run(root.resolve("entwine")).output()).startsWith("java 21\n");
        environment.put("JAVA_HOME", java(folder.resolve("old"), "17.0.9").toString());
        assertThat(run(root.resolve("entwine")).output()).startsWith("java 99.0.1\n");
        environment.put(
                "JAVA_HOME", java(folder.resolve("ancient"), "1.8.0_392").toString());
        assertThat(run(root.resolve("entwine")).output()).startsWith("java 99.0.1\n");
    }

    @Test
    void it_works_through_symbolic_links_and_from_any_folder() throws Exception {
        Path bin = Files.createDirectories(folder.resolve("bin"));
        Files.createSymbolicLink(bin.resolve("first"), Path.of("../check out/entwine"));
        Path link = Files.createSymbolicLink(bin.resolve("second"), Path.of("first"));
        assertThat(run(link, "status").output()).contains(root.toRealPath() + "/server/target/lib/*");
        environment.put("PATH", bin + ":" + System.getenv("PATH"));
        assertThat(run(Path.of("second"), "status").output()).contains(root.toRealPath() + "/server/target/lib/*");
    }

    @Test
    void a_source_that_is_newer_than_the_jar_is_built_once() throws Exception {
        environment.put("PATH", maven("3.9.1", "echo \"maven $*\"") + ":" + System.getenv("PATH"));
        Files.setLastModifiedTime(jar(), FileTime.from(Instant.now().minusSeconds(60)));
        Result first = run(root.resolve("entwine"), "status");
        assertThat(first.output())
                .contains("Building Entwine (first use, about a minute) ...")
                .contains("java 99.0.1");
        assertThat(Files.readString(root.resolve("target/entwine-build.log")))
                .isEqualTo("maven -q -B -DskipTests package\n");
        assertThat(run(root.resolve("entwine"), "status").output()).doesNotContain("Building");
    }

    @Test
    void a_build_that_fails_shows_its_log() throws Exception {
        environment.put("PATH", maven("3.8.7", "echo 'broken thing'; exit 1") + ":" + System.getenv("PATH"));
        Files.delete(jar());
        Result result = run(root.resolve("entwine"), "status");
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.output())
                .contains("broken thing")
                .contains("the build failed; the whole log is " + root.toRealPath() + "/target/entwine-build.log");
    }

    @Test
    void a_missing_or_old_maven_is_named_with_what_to_install() throws Exception {
        Files.delete(jar());
        environment.put("PATH", tools().toString());
        Result missing = run(root.resolve("entwine"), "status");
        assertThat(missing.exitCode()).isEqualTo(1);
        assertThat(missing.output())
                .contains("Maven 3.8 or newer is needed to build")
                .contains("apt install maven");
        environment.put("PATH", maven("3.6.3", "") + ":" + tools());
        assertThat(run(root.resolve("entwine"), "status").output()).contains("'mvn' is 3.6.3");
    }

    private Path java(Path installation, String version) throws IOException {
        Files.createDirectories(installation.resolve("bin"));
        Files.writeString(installation.resolve("release"), "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"" + version + "\"\n");
        String show = "#!/bin/sh\nprintf '%s\\n' 'java " + version + "' \"$@\"\n";
        for (String program : List.of("java", "javac")) {
            executable(installation.resolve("bin").resolve(program), show);
        }
        return installation;
    }

    private Path maven(String version, String action) throws IOException {
        Path bin = Files.createDirectories(folder.resolve("maven-" + version));
        String script = "#!/bin/sh\nif [ \"$1\" = -v ]; then echo 'Apache Maven " + version + " (x)'; exit 0; fi\n"
                + "mkdir -p server/target/lib\n[ -f server/target/entwine-server-0.1.0-SNAPSHOT.jar ] || "
                + "echo jar > server/target/entwine-server-0.1.0-SNAPSHOT.jar\n" + action + "\n";
        executable(bin.resolve("mvn"), script);
        return bin;
    }

    /** What the script needs, and nothing else. */
    private Path tools() throws IOException {
        Path bin = Files.createDirectories(folder.resolve("tools"));
        for (String tool : TOOLS) {
            for (String where : List.of("/usr/bin", "/bin")) {
                Path program = Path.of(where, tool);
                if (Files.exists(program)) {
                    executable(bin.resolve(tool), "#!/bin/sh\nexec " + program + " \"$@\"\n");
                }
            }
        }
        return bin;
    }

    private static void executable(Path file, String text) throws IOException {
        Files.writeString(file, text);
        assertThat(file.toFile().setExecutable(true)).isTrue();
    }

    private record Result(int exitCode, String output) {}

    private Result run(Path script, String... arguments) throws IOException, InterruptedException {
        List<String> command = new java.util.ArrayList<>(List.of("sh", "-c", "exec \"$0\" \"$@\"", script.toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(home.toFile()).redirectErrorStream(true);
        builder.environment().putAll(environment);
        Process process = builder.start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).as("the script ends").isTrue();
        return new Result(process.exitValue(), output);
    }
}
