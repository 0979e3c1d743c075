package dev.entwine.db;

import dev.entwine.model.RowId;
import dev.entwine.model.TableId;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * All that is proved of the tables' being equal.
 *
 * @param tables      in order of name
 * @param differences in order of table and time
 */
public record Proven(List<TableProof> tables, List<StandingDifference> differences) {
    public static final Proven NOTHING = new Proven(List.of(), List.of());

    public Proven {
        tables = List.copyOf(tables);
        differences = List.copyOf(differences);
    }

    /** As one site has it, of the tables that are published there. */
    public static Proven read(Connection connection) throws SQLException {
        if (!Proofs.exist(connection)) {
            return NOTHING;
        }
        Map<TableId, TableProof> tables = new TreeMap<>();
        Bookkeeping.published(connection).forEach(table -> tables.put(table, TableProof.none(table)));
        Proofs.tables(connection).forEach(proof -> tables.put(proof.table(), proof));
        return new Proven(List.copyOf(tables.values()), Proofs.differences(connection));
    }

    /**
     * As several sites have it: of each table what was written last, and each difference that stands anywhere; one that a site still
     * has because it was away is looked at again like the others.
     */
    public static Proven ofAll(Collection<Proven> sites) {
        Map<TableId, TableProof> tables = new TreeMap<>();
        Map<RowId, StandingDifference> differences = new LinkedHashMap<>();
        for (Proven site : sites) {
            site.tables().forEach(proof -> tables.merge(proof.table(), proof, Proven::later));
            site.differences().forEach(difference -> differences.putIfAbsent(difference.id(), difference));
        }
        return new Proven(List.copyOf(tables.values()), List.copyOf(differences.values()));
    }

    private static TableProof later(TableProof one, TableProof other) {
        return other.savedAt().isAfter(one.savedAt()) ? other : one;
    }
}
