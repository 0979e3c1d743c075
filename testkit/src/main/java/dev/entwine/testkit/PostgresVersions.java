package dev.entwine.testkit;

import dev.entwine.embedded.PostgresBinaries;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** The versions of PostgreSQL that tests run on: the product's own and those in the folder that the build fills. */
public final class PostgresVersions {
    /** The system property that names the folder. */
    public static final String FOLDER_PROPERTY = "entwine.postgres.binaries";

    private static final List<PostgresBinaries> ALL = load();

    private PostgresVersions() {}

    /** Every version, oldest first. */
    public static List<PostgresBinaries> all() {
        return ALL;
    }

    public static PostgresBinaries oldest() {
        return ALL.getFirst();
    }

    public static PostgresBinaries newest() {
        return ALL.getLast();
    }

    /** Such as 16. */
    public static PostgresBinaries ofMajor(int major) {
        return ALL.stream()
                .filter(version -> version.major() == major)
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no PostgreSQL " + major + " among " + ALL));
    }

    private static List<PostgresBinaries> load() {
        String folder = System.getProperty(FOLDER_PROPERTY);
        if (folder == null) {
            throw new IllegalStateException("system property " + FOLDER_PROPERTY + " is not set; the build sets it");
        }
        try (Stream<Path> files = Files.list(Path.of(folder))) {
            List<Path> jars =
                    files.filter(file -> file.toString().endsWith(".jar")).toList();
            Stream<PostgresBinaries> versions = Stream.concat(
                    Stream.of(PostgresBinaries.bundled()), jars.stream().map(PostgresVersions::ofJar));
            return versions.sorted(Comparator.comparingInt(PostgresBinaries::major))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static PostgresBinaries ofJar(Path jar) {
        try {
            return PostgresBinaries.ofJar(jar);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
