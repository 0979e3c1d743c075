package dev.entwine.handler;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a handler decides. */
public sealed interface Resolution {
    /** The version of one site stands, whole. */
    enum Side implements Resolution {
        LOCAL,
        REMOTE
    }

    /**
     * The later version stands, with these values in some of its columns.
     *
     * @param values in the server's text form; null for SQL NULL. Columns of the key cannot be set
     */
    record Merged(Map<String, @Nullable String> values) implements Resolution {}
}
