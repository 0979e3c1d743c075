package dev.entwine.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Objects;

/** Writes files that somebody may be reading. */
public final class AtOnce {
    private AtOnce() {}

    /** Whoever reads the file finds all of what it was before, or all of this. */
    public static void write(Path file, String text) throws IOException {
        Path written = Files.createTempFile(
                Objects.requireNonNull(file.toAbsolutePath().getParent()), "new", "");
        Files.writeString(written, text);
        Files.move(written, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
