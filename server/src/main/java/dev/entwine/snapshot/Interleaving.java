package dev.entwine.snapshot;

import static java.util.Objects.requireNonNull;

import dev.entwine.db.Catalog;
import dev.entwine.db.Catalog.Sequence;
import dev.entwine.db.Identifiers;
import dev.entwine.db.SequenceRequirements;
import dev.entwine.db.SiteException;
import dev.entwine.model.Table;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/**
 * Makes sequences that would give the same value at two sites step by as many as there are sites, each from a place of its own, beyond
 * whatever any site has given out. Sites may be written meanwhile: in a first round each sequence gets its steps, after which no two
 * meet in what they give from then on; in a second one each moves beyond what the others gave during the first. Stateless.
 */
final class Interleaving {
    private static final int ROUNDS = 2;

    private Interleaving() {}

    /** @param sites all of them, in order: a sequence's place follows from its site's */
    static void establish(List<Table> tables, List<SiteAccess> sites, Progress progress) throws SiteException {
        List<Catalog> catalogs = new ArrayList<>();
        for (SiteAccess site : sites) {
            catalogs.add(site.catalog());
        }
        for (Table table : tables) {
            for (SortedMap<Integer, Sequence> sequences : SequenceRequirements.colliding(table.id(), catalogs)) {
                for (int round = 0; round < ROUNDS; round++) {
                    establish(sequences, sites);
                }
                String column = sequences.values().iterator().next().column();
                progress.step(
                        "sequences of " + table + "." + column + " are interleaved: they step by " + sites.size());
            }
        }
    }

    private static void establish(SortedMap<Integer, Sequence> sequences, List<SiteAccess> sites) throws SiteException {
        Map<Integer, Long> reached = new HashMap<>();
        for (Map.Entry<Integer, Sequence> entry : sequences.entrySet()) {
            reached.put(
                    entry.getKey(),
                    sites.get(entry.getKey())
                            .call(
                                    "reading sequence " + entry.getValue().id(),
                                    connection -> last(connection, entry.getValue())));
        }
        long highest = Math.max(
                0, reached.values().stream().mapToLong(Long::longValue).max().orElse(0));
        for (Map.Entry<Integer, Sequence> entry : sequences.entrySet()) {
            int place = entry.getKey();
            Sequence sequence = requireNonNull(entry.getValue());
            sites.get(place)
                    .inTransaction(
                            "interleaving sequence " + sequence.id(),
                            connection -> alter(connection, sequence, highest, sites.size(), place));
        }
    }

    private static long last(Connection connection, Sequence sequence) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT last_value FROM " + Identifiers.quote(sequence.id()))) {
            row.next();
            return row.getLong(1);
        }
    }

    /** The first statement makes whoever wants a value wait until the end. */
    private static void alter(Connection connection, Sequence sequence, long highest, int width, int place)
            throws SQLException {
        String alter = "ALTER SEQUENCE " + Identifiers.quote(sequence.id());
        try (Statement statement = connection.createStatement()) {
            statement.execute(alter + " INCREMENT BY " + width);
            statement.execute(
                    alter + " RESTART WITH " + next(Math.max(highest, last(connection, sequence)), width, place));
        }
    }

    /** The first value beyond the reached one that is this place's. */
    static long next(long reached, int width, int place) {
        long next = Math.floorDiv(reached, width) * width + place;
        return next > reached ? next : next + width;
    }
}
