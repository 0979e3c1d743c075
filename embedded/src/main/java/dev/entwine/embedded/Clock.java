package dev.entwine.embedded;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** Shifts what a server takes for the time, with libfaketime where that is installed. */
final class Clock {
    /** The library for programs with threads; where Debian, Fedora and others put it. */
    private static final Optional<Path> LIBRARY = Stream.of(
                    "/usr/lib/x86_64-linux-gnu/faketime", "/usr/lib/faketime", "/usr/lib64/faketime")
            .map(folder -> Path.of(folder, "libfaketimeMT.so.1"))
            .filter(Files::exists)
            .findFirst();

    private Clock() {}

    static boolean canShift() {
        return LIBRARY.isPresent();
    }

    /** What to put before a command. The monotonic clock stays true, so that time limits do. */
    static List<String> prefix(Duration offset) {
        if (offset.isZero()) {
            return List.of();
        }
        Path library = LIBRARY.orElseThrow(
                () -> new IllegalStateException("a server's clock can be shifted only where libfaketime is installed"));
        return List.of(
                "env",
                "LD_PRELOAD=" + library,
                "DONT_FAKE_MONOTONIC=1",
                String.format(Locale.ROOT, "FAKETIME=%+.3f", offset.toMillis() / 1000.0));
    }
}
