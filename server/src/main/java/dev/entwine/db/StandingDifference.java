package dev.entwine.db;

import dev.entwine.model.RowId;
import dev.entwine.model.RowKey;
import dev.entwine.model.TableId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * A row that was proved to differ while the engine ran, and has not been proved equal since.
 *
 * @param keyColumns the names of the key's columns, in key order
 * @param key        their values, as canonical texts
 * @param columns    those in which the sites that have the row differ
 * @param missingAt  the sites that do not have it
 * @param foundAt    when it was found first, by the engine's clock
 */
public record StandingDifference(
        TableId table,
        List<String> keyColumns,
        List<String> key,
        List<String> columns,
        List<String> missingAt,
        Instant foundAt) {
    public StandingDifference {
        keyColumns = List.copyOf(keyColumns);
        key = List.copyOf(key);
        columns = List.copyOf(columns);
        missingAt = List.copyOf(missingAt);
    }

    public RowId id() {
        return new RowKey(table, key).id();
    }

    /** {@code public.account id=7: different in balance; missing at west}: no values but the key's. */
    public String inWords() {
        List<String> parts = new ArrayList<>();
        for (int i = 0; i < key.size(); i++) {
            parts.add(keyColumns.get(i) + "=" + key.get(i));
        }
        return table + " " + String.join(", ", parts) + ": " + kind();
    }

    /** The same for logs, in which a key, which may be somebody's name, has no business. */
    public String withoutKey() {
        return table + " row " + id() + ": " + kind();
    }

    private String kind() {
        List<String> what = new ArrayList<>();
        if (!columns.isEmpty()) {
            what.add("different in " + String.join(", ", columns));
        }
        if (!missingAt.isEmpty()) {
            what.add("missing at " + String.join(", ", missingAt));
        }
        return String.join("; ", what);
    }
}
