package dev.entwine.embedded;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * How a server is set up.
 *
 * @param settings      of {@code postgresql.conf}, beside and over those that every server here gets
 * @param dataDirectory kept at the end; none: a temporary one. It is filled when it is empty, and used as it is when it is not
 * @param port          on 127.0.0.1; 0 for a free one
 * @param fsync         whether commits survive a crash of the machine; a killed server keeps them in any case
 * @param clockOffset   by how much the server's clock is ahead of this machine's; see {@link PostgresServer#canShiftClock}
 * @param password      the superuser's; without one, connections from this machine need none. Applies where the data directory
 *                      is filled
 */
public record PostgresOptions(
        Map<String, String> settings,
        Optional<Path> dataDirectory,
        int port,
        boolean fsync,
        Duration clockOffset,
        Optional<String> password) {
    /** Before, {@code max_replication_slots} limited them. */
    private static final int ORIGINS_APART_SINCE = 18;

    /** A temporary server on a free port, without password and fsync. */
    public static final PostgresOptions DEFAULTS =
            new PostgresOptions(Map.of(), Optional.empty(), 0, false, Duration.ZERO, Optional.empty());

    public PostgresOptions {
        settings = Map.copyOf(settings);
    }

    public PostgresOptions withSetting(String name, String value) {
        Map<String, String> changed = new TreeMap<>(settings);
        changed.put(name, value);
        return new PostgresOptions(changed, dataDirectory, port, fsync, clockOffset, password);
    }

    public PostgresOptions withDataDirectory(Path path) {
        return new PostgresOptions(settings, Optional.of(path), port, fsync, clockOffset, password);
    }

    public PostgresOptions withPort(int changed) {
        return new PostgresOptions(settings, dataDirectory, changed, fsync, clockOffset, password);
    }

    public PostgresOptions withFsync() {
        return new PostgresOptions(settings, dataDirectory, port, true, clockOffset, password);
    }

    public PostgresOptions withClockOffset(Duration offset) {
        return new PostgresOptions(settings, dataDirectory, port, fsync, offset, password);
    }

    public PostgresOptions withPassword(String text) {
        return new PostgresOptions(settings, dataDirectory, port, fsync, clockOffset, Optional.of(text));
    }

    /** Every setting of a server of this major version on the given port. */
    Map<String, String> allSettings(int major, int actualPort) {
        Map<String, String> all = new TreeMap<>(Map.ofEntries(
                Map.entry("wal_level", "logical"),
                Map.entry("max_replication_slots", "20"),
                Map.entry("max_wal_senders", "20"),
                Map.entry("max_connections", "100"),
                Map.entry("track_commit_timestamp", "on"),
                Map.entry("shared_buffers", "64MB"),
                Map.entry("fsync", fsync ? "on" : "off"),
                Map.entry("full_page_writes", fsync ? "on" : "off")));
        if (major >= ORIGINS_APART_SINCE) {
            all.put("max_active_replication_origins", "20");
        }
        all.putAll(settings);
        all.put("listen_addresses", "127.0.0.1");
        all.put("unix_socket_directories", "");
        all.put("port", Integer.toString(actualPort));
        return all;
    }

    /** The text form leaves the password out. */
    @Override
    public String toString() {
        return "settings " + settings + ", data directory " + dataDirectory + ", port " + port + ", fsync " + fsync
                + ", clock offset " + clockOffset + (password.isPresent() ? ", with password" : ", without password");
    }
}
