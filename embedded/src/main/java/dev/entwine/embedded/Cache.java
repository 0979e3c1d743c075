package dev.entwine.embedded;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * Folders that are expensive to make and never change afterwards. A folder is made beside its place and renamed into it, so any
 * number of processes may race for it and none ever sees half of one.
 */
record Cache(Path root) {
    private static final String INCOMING = ".incoming-";

    /** After this long the maker of an incoming folder is taken for dead. */
    private static final Duration ABANDONED = Duration.ofHours(1);

    /** Fills an empty folder. */
    interface Maker {
        void fill(Path folder) throws IOException;
    }

    static Cache of(Launch launch) throws IOException {
        if (launch.homeIsReachable()) {
            Path home = home();
            try {
                Files.createDirectories(home);
                if (Files.isWritable(home)) {
                    return new Cache(home);
                }
            } catch (FileSystemException e) {
                // A read-only or missing home is common in containers; what follows serves as well.
            }
        }
        return new Cache(temporary());
    }

    private static Path home() {
        String named = System.getenv("XDG_CACHE_HOME");
        Path base =
                named == null || named.isEmpty() ? Path.of(System.getProperty("user.home"), ".cache") : Path.of(named);
        return base.resolve("entwine").resolve("postgres");
    }

    /** Others can write into the parent, so a folder that somebody else has put there is refused. */
    private static Path temporary() throws IOException {
        String user = System.getProperty("user.name");
        Path folder = Path.of(System.getProperty("java.io.tmpdir"), "entwine-cache-" + user);
        Files.createDirectories(
                folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
        if (Files.isSymbolicLink(folder) || !Files.getOwner(folder).getName().equals(user)) {
            throw new IOException(folder + " does not belong to " + user + ": set XDG_CACHE_HOME to a writable folder");
        }
        return folder;
    }

    Path folder(String name, Maker maker) throws IOException {
        Path folder = root.resolve(name);
        if (Files.isDirectory(folder)) {
            return folder;
        }
        removeAbandoned();
        Path incoming = Files.createDirectory(root.resolve(INCOMING + UUID.randomUUID()));
        try {
            maker.fill(incoming);
            moveIntoPlace(incoming, folder);
            return folder;
        } finally {
            Folders.delete(incoming);
        }
    }

    private static void moveIntoPlace(Path incoming, Path folder) throws IOException {
        try {
            Files.move(incoming, folder, StandardCopyOption.ATOMIC_MOVE);
        } catch (FileSystemException e) {
            if (!Files.isDirectory(folder)) {
                throw e;
            }
        }
    }

    private void removeAbandoned() throws IOException {
        FileTime limit = FileTime.from(Instant.now().minus(ABANDONED));
        try (Stream<Path> entries = Files.list(root)) {
            for (Path entry : entries.toList()) {
                if (entry.getFileName().toString().startsWith(INCOMING)
                        && Files.getLastModifiedTime(entry).compareTo(limit) < 0) {
                    Folders.delete(entry);
                }
            }
        }
    }
}
