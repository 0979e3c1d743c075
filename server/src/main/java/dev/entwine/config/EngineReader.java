package dev.entwine.config;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Binds the section {@code engine}. */
final class EngineReader {
    private static final List<String> KEYS = List.of(
            "spool_directory",
            "memory_bytes_max",
            "spool_bytes_max",
            "fence_timeout_ms",
            "batch_changes_max",
            "heartbeat_ms",
            "journal_days_max",
            "journal_entries_max",
            "verify_within",
            "verify_percent_max",
            "copy_tables_parallel",
            "ddl");

    private EngineReader() {}

    static EngineSettings read(Section section, Path directory) {
        section.allowOnly(KEYS, List.of());
        Path spool =
                section.text("spool_directory").map(directory::resolve).orElse(EngineSettings.DEFAULT.spoolDirectory());
        return new EngineSettings(
                spool,
                section.number("memory_bytes_max", EngineSettings.MEMORY_BYTES_MAX),
                section.number("spool_bytes_max", EngineSettings.SPOOL_BYTES_MAX),
                (int) section.number("fence_timeout_ms", EngineSettings.FENCE_TIMEOUT_MS),
                (int) section.number("batch_changes_max", EngineSettings.BATCH_CHANGES_MAX),
                (int) section.number("heartbeat_ms", EngineSettings.HEARTBEAT_MS),
                (int) section.number("journal_days_max", EngineSettings.JOURNAL_DAYS_MAX),
                section.number("journal_entries_max", EngineSettings.JOURNAL_ENTRIES_MAX),
                section.durationOrOff(
                        "verify_within",
                        EngineSettings.VERIFY_WITHIN,
                        EngineSettings.VERIFY_WITHIN_MIN,
                        EngineSettings.VERIFY_WITHIN_MAX),
                (int) section.number("verify_percent_max", EngineSettings.VERIFY_PERCENT_MAX),
                (int) section.number("copy_tables_parallel", EngineSettings.COPY_TABLES_PARALLEL),
                ddl(section));
    }

    private static SchemaChanges ddl(Section section) {
        Optional<String> word = section.text("ddl");
        Optional<SchemaChanges> known = word.flatMap(text -> Arrays.stream(SchemaChanges.values())
                .filter(value -> value.word().equals(text))
                .findFirst());
        if (word.isPresent() && known.isEmpty()) {
            List<String> allowed = Arrays.stream(SchemaChanges.values())
                    .map(SchemaChanges::word)
                    .toList();
            section.problem(
                    "ddl",
                    "'" + word.get() + "' is not known; allowed: " + String.join(", ", allowed)
                            + NearMiss.of(word.get(), allowed));
        }
        return known.orElse(EngineSettings.DEFAULT.ddl());
    }
}
