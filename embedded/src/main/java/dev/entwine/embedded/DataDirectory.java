package dev.entwine.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** A server's data directory. Settings go into a file that the server's own includes, so that ALTER SYSTEM still wins over them. */
record DataDirectory(Path path, PostgresBinaries binaries) {
    private static final String SETTINGS = "entwine.conf";
    private static final String INCLUDE = "\ninclude '" + SETTINGS + "'\n";
    private static final String WITHOUT_PASSWORD = """
        host all all 127.0.0.1/32 trust
        host replication all 127.0.0.1/32 trust
        """;
    private static final String WITH_PASSWORD = """
        host all all 127.0.0.1/32 scram-sha-256
        host replication all 127.0.0.1/32 scram-sha-256
        """;

    /** Makes a data directory of a folder that is empty. */
    static void initialize(PostgresBinaries binaries, Path folder) throws IOException {
        binaries.launch().own(folder);
        List<String> command = new ArrayList<>(binaries.launch().prefix());
        command.addAll(List.of(
                binaries.program("initdb"),
                "--pgdata=" + folder,
                "--username=" + PostgresServer.SUPERUSER,
                "--auth=trust",
                "--no-sync",
                "--encoding=UTF8",
                "--locale=C.UTF-8"));
        Command.run(command, "");
        Path configuration = folder.resolve("postgresql.conf");
        Files.writeString(configuration, INCLUDE, StandardOpenOption.APPEND);
        Files.writeString(folder.resolve(SETTINGS), "");
        Files.writeString(folder.resolve("pg_hba.conf"), WITHOUT_PASSWORD);
    }

    /** Uses the data directory that is there, or copies the template where nothing is; says whether it did the latter. */
    boolean prepare() throws IOException {
        Path template = binaries.template();
        Files.createDirectories(path);
        if (isEmpty(path)) {
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwx------"));
            Folders.copy(template, path);
            binaries.launch().own(path);
            return true;
        }
        if (!Files.exists(path.resolve("PG_VERSION"))) {
            throw new IOException(path + " holds files, but is no data directory of PostgreSQL");
        }
        if (!Files.readString(path.resolve("postgresql.conf")).contains(INCLUDE)) {
            throw new IOException(path + " was not made here: its server may belong to somebody else");
        }
        return false;
    }

    private static boolean isEmpty(Path folder) throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.findAny().isEmpty();
        }
    }

    void configure(Map<String, String> settings) throws IOException {
        StringBuilder text = new StringBuilder();
        settings.forEach((name, value) -> text.append(name)
                .append(" = '")
                .append(value.replace("'", "''"))
                .append("'\n"));
        Files.writeString(path.resolve(SETTINGS), text);
    }

    /** From here on every connection needs a password; the superuser's is the one given. Only while no server runs. */
    void requirePassword(String password) throws IOException {
        List<String> command = new ArrayList<>(binaries.launch().prefix());
        command.addAll(List.of(
                binaries.program("postgres"),
                "--single",
                "-D",
                path.toString(),
                "-c",
                "password_encryption=scram-sha-256"));
        command.add("postgres");
        Command.run(
                command,
                "ALTER ROLE " + PostgresServer.SUPERUSER + " PASSWORD '" + password.replace("'", "''") + "'\n");
        Files.writeString(path.resolve("pg_hba.conf"), WITH_PASSWORD);
    }

    /** Whether the server process that is named accepts connections; one that was killed before leaves its file behind. */
    boolean isReady(long pid) throws IOException {
        try {
            List<String> lines = Files.readAllLines(path.resolve("postmaster.pid"));
            return lines.size() > 7
                    && lines.getFirst().strip().equals(Long.toString(pid))
                    && lines.get(7).strip().equals("ready");
        } catch (NoSuchFileException e) {
            return false;
        }
    }
}
