package dev.entwine.journal;

import dev.entwine.journal.Outcome.Kind;
import dev.entwine.journal.Outcome.Refused;
import dev.entwine.model.SiteId;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Whether a row still stands as it was decided, and if not, what stands there instead and since when. */
final class MovedOn {
    private static final int VALUE_LENGTH_MAX = 40;

    private final Connection connection;
    private final SiteId site;
    private final JournalEntry entry;

    MovedOn(Connection connection, SiteId site, JournalEntry entry) {
        this.connection = connection;
        this.site = site;
        this.entry = entry;
    }

    static boolean isSame(LiveTable.Row row, String column, JsonNode value) {
        return Objects.equals(row.cells().get(column), value.isNull() ? null : value.asString());
    }

    /** @param row as it is, and locked */
    Optional<Refused> check(Optional<LiveTable.Row> row) throws SQLException {
        JsonNode standing = entry.standing();
        String what;
        if (row.isEmpty()) {
            what = standing.isNull() ? "" : "it is not there any more, and was to stand";
        } else if (standing.isNull()) {
            what = "it is there again, and was to be deleted";
        } else {
            what = differences(row.get(), standing);
        }
        if (what.isEmpty()) {
            return Optional.empty();
        }
        String why = "the row has moved on since: at site " + site + " " + what + who(row);
        return Optional.of(new Refused(entry.id(), Kind.REFUSED, why, next()));
    }

    private static String differences(LiveTable.Row row, JsonNode standing) {
        List<String> differences = new ArrayList<>();
        for (String column : standing.propertyNames()) {
            if (!isSame(row, column, standing.path(column))) {
                JsonNode decided = standing.path(column);
                differences.add(column + " is " + shown(row.cells().get(column)) + " and was "
                        + shown(decided.isNull() ? null : decided.asString()));
            }
        }
        return String.join(", ", differences);
    }

    private static String shown(@Nullable String value) {
        if (value == null) {
            return "NULL";
        }
        String line = value.replaceAll("\\R", " ");
        return "'"
                + (line.codePointCount(0, line.length()) <= VALUE_LENGTH_MAX
                        ? line
                        : line.substring(0, line.offsetByCodePoints(0, VALUE_LENGTH_MAX - 3)) + "...")
                + "'";
    }

    private static String who(Optional<LiveTable.Row> row) {
        return row.map(found -> "; written there by transaction " + found.writer()
                        + found.written().map(time -> ", committed at " + time).orElse(""))
                .orElse("");
    }

    /** As the command {@code why} takes it. */
    private String key() {
        return entry.key().properties().stream()
                .map(column -> column.getKey() + "=" + column.getValue().asString(""))
                .collect(Collectors.joining(","));
    }

    private String next() throws SQLException {
        List<JournalEntry> later = new ArrayList<>();
        boolean after = false;
        for (JournalEntry other : Journal.ofRow(connection, entry.rowId())) {
            if (after) {
                later.add(other);
            }
            after |= other.id().equals(entry.id());
        }
        String close = entry.isOpen() ? ", or close this one with 'keep " + entry.id() + " --as-is'" : "";
        if (later.isEmpty()) {
            return "see 'why CONFIG " + entry.table() + " " + key() + "'; write the values that you want at any site"
                    + close;
        }
        JournalEntry last = later.getLast();
        return "the row was in conflict again (" + last.id() + ", winner " + last.winnerNow()
                + "): decide that one, or write the values that you want at any site" + close;
    }
}
