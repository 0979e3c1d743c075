package dev.entwine.db;

import dev.entwine.model.Revision;
import dev.entwine.model.SiteId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Locale;

/**
 * Adds a revision to a site's journal: the same statement at the site where it was made, in its author's transaction, and at all
 * others, in the apply transaction that brings it. Revisions of an entry are a set, and its status follows from the last of them, so
 * neither repetition nor order matters. Stateless.
 */
public final class Revisions {
    private static final DateTimeFormatter SORTABLE =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSS'Z'", Locale.ROOT);

    private static final String RECORD = """
        UPDATE entwine.conflict c SET (revisions, status) = (
            SELECT jsonb_agg(r ORDER BY r->>'at', r->>'made_at', r->>'transaction'),
                   (array_agg(CASE r->>'command' WHEN 'undo' THEN 'undone' ELSE 'decided' END
                              ORDER BY r->>'at' DESC, r->>'made_at' DESC, r->>'transaction' DESC))[1]
            FROM (SELECT DISTINCT r FROM jsonb_array_elements(c.revisions || jsonb_build_array(jsonb_build_object(
                      'command', ?::text, 'stands', ?::text, 'at', ?::text, 'made_at', ?::text, 'transaction', ?::text,
                      'by', ?::text))) AS e(r)) AS all_of_them)
        WHERE c.id = ?
        """;

    private Revisions() {}

    /** Does nothing when the entry is not there: then it was dropped for its age. */
    public static void record(Connection connection, Revision revision) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(RECORD)) {
            statement.setString(1, revision.kind().word());
            statement.setString(2, revision.stands().map(SiteId::name).orElse(null));
            statement.setString(3, time(revision.atMicros()));
            statement.setString(4, revision.madeAt().name());
            statement.setString(5, Long.toString(revision.transaction()));
            statement.setString(6, revision.by());
            statement.setString(7, revision.conflict());
            statement.executeUpdate();
        }
    }

    private static String time(long micros) {
        return Instant.EPOCH
                .plus(micros, ChronoUnit.MICROS)
                .atOffset(ZoneOffset.UTC)
                .format(SORTABLE);
    }
}
