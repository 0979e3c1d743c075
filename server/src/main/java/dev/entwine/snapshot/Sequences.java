package dev.entwine.snapshot;

import dev.entwine.db.Catalog;
import dev.entwine.db.Catalog.Relation;
import dev.entwine.db.Catalog.Sequence;
import dev.entwine.db.Identifiers;
import dev.entwine.db.SiteException;
import dev.entwine.model.Table;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;

/** Moves the sequences of filled tables forward. Stateless. */
final class Sequences {
    private Sequences() {}

    /**
     * Moves each sequence that belongs to a column at least to where the source's is, by whole steps of its own, so that sequences
     * which were interleaved stay so.
     */
    static void advance(List<Table> tables, Catalog source, SiteAccess target) throws SiteException {
        Catalog catalog = target.catalog();
        for (Table table : tables) {
            Relation there = source.tables().get(table.id());
            Relation here = catalog.tables().get(table.id());
            if (there == null || here == null) {
                continue;
            }
            for (Sequence sequence : here.sequences()) {
                Optional<Long> reached = there.sequences().stream()
                        .filter(candidate -> candidate.column().equals(sequence.column()))
                        .findFirst()
                        .flatMap(Sequence::at);
                Optional<Long> next = next(sequence, reached);
                if (next.isPresent()) {
                    target.call(
                            "moving sequence " + sequence.id(), connection -> set(connection, sequence, next.get()));
                }
            }
        }
    }

    /** Moves each sequence that belongs to a column beyond the values that rows of any site have there: it may have gone back. */
    static void passRows(List<Table> tables, List<SiteAccess> sites, SiteAccess target) throws SiteException {
        Catalog catalog = target.catalog();
        for (Table table : tables) {
            Relation here = catalog.tables().get(table.id());
            for (Sequence sequence : here == null ? List.<Sequence>of() : here.sequences()) {
                long reached = 0;
                for (SiteAccess site : sites) {
                    reached = Math.max(
                            reached,
                            site.call(
                                    "reading the highest " + sequence.column() + " of " + table,
                                    connection -> highest(connection, table, sequence)));
                }
                Optional<Long> next = next(sequence, Optional.of(reached));
                if (next.isPresent()) {
                    target.call(
                            "moving sequence " + sequence.id(), connection -> set(connection, sequence, next.get()));
                }
            }
        }
    }

    private static long highest(Connection connection, Table table, Sequence sequence) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT coalesce(max(" + Identifiers.quote(sequence.column())
                        + "), 0)::bigint FROM " + Identifiers.quote(table.id()))) {
            row.next();
            return row.getLong(1);
        }
    }

    /** The least value of this sequence that is not before what the source has reached; empty when it is there already. */
    static Optional<Long> next(Sequence sequence, Optional<Long> reached) {
        if (reached.isEmpty() || sequence.at().isEmpty() || sequence.increment() <= 0) {
            return Optional.empty();
        }
        long behind = reached.get() - sequence.at().get();
        if (behind <= 0) {
            return Optional.empty();
        }
        return Optional.of(sequence.at().get() + Math.ceilDiv(behind, sequence.increment()) * sequence.increment());
    }

    private static boolean set(Connection connection, Sequence sequence, long value) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("SELECT setval(?::regclass, ?)")) {
            statement.setString(1, Identifiers.quote(sequence.id()));
            statement.setLong(2, value);
            return statement.execute();
        }
    }
}
