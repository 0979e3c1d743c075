package dev.entwine.journal;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Which entries are wanted; what is empty does not matter.
 *
 * @param table  {@code schema.name}, or the name alone
 * @param policy as the journal has it, or its first word: {@code greatest} also finds {@code greatest(n)}
 * @param status what was revised is found with any, for another site may know of a later revision: see {@link #matches}
 * @param site   one that won or lost
 * @param since  entries of that time and later
 * @param until  entries before that time
 */
public record Filter(
        Optional<String> table,
        Optional<String> kind,
        Optional<String> policy,
        Optional<String> status,
        Optional<String> site,
        Optional<Instant> since,
        Optional<Instant> until) {
    public static final Filter ALL = new Filter(
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty());

    /** A condition, or {@code true}. */
    String condition() {
        List<String> conditions = new ArrayList<>(List.of("true"));
        table.ifPresent(
                name -> conditions.add("(table_schema || '.' || table_name = ?::text OR table_name = ?::text)"));
        kind.ifPresent(word -> conditions.add("kind = ?"));
        policy.ifPresent(
                name -> conditions.add("(policy = ?::text OR regexp_replace(policy, '[(:].*', '') = ?::text)"));
        status.ifPresent(word -> conditions.add("(status = ? OR revisions <> '[]')"));
        site.ifPresent(name -> conditions.add(
                "(transactions #>> '{merged,site}' = ?::text OR transactions #>> '{arriving,site}' = ?::text"
                        + " OR transactions IS NULL AND (winner = ?::text OR losers @>"
                        + " jsonb_build_array(jsonb_build_object('site', ?::text))))"));
        since.ifPresent(time -> conditions.add("at >= ?"));
        until.ifPresent(time -> conditions.add("at < ?"));
        return String.join(" AND ", conditions);
    }

    /** Whether the status is the wanted one, of an entry as the site has it that knows most. */
    public boolean matches(JournalEntry entry) {
        return status.isEmpty() || status.get().equals(entry.status());
    }

    /** Binds the condition's parameters; the index of the next one. */
    int bind(PreparedStatement statement) throws SQLException {
        int next = 1;
        next = bind(statement, next, 2, table);
        next = bind(statement, next, 1, kind);
        next = bind(statement, next, 2, policy);
        next = bind(statement, next, 1, status);
        next = bind(statement, next, 4, site);
        for (Instant time :
                List.of(since, until).stream().flatMap(Optional::stream).toList()) {
            statement.setObject(next++, OffsetDateTime.ofInstant(time, ZoneOffset.UTC));
        }
        return next;
    }

    private static int bind(PreparedStatement statement, int first, int times, Optional<String> value)
            throws SQLException {
        if (value.isEmpty()) {
            return first;
        }
        for (int i = 0; i < times; i++) {
            statement.setString(first + i, value.get());
        }
        return first + times;
    }
}
