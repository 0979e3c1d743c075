package dev.entwine.engine;

import dev.entwine.db.Proofs;
import dev.entwine.db.Proven;
import dev.entwine.db.SiteException;
import dev.entwine.db.StandingDifference;
import dev.entwine.db.TableProof;
import dev.entwine.model.RowId;
import dev.entwine.model.SiteId;
import dev.entwine.model.TableId;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What is proved of the tables, in memory and at every site. Owned by the verification's thread, which uses the connections for
 * nothing else at the same time.
 */
final class ProofBook {
    /** Of one table: each is looked at again and again while it stands, and shown by {@code status}. */
    static final int STANDING_MAX = 1_000;

    private final Map<SiteId, Connection> connections;
    private final JournalRetention.Committed committed;
    private final Map<TableId, TableProof> tables = new TreeMap<>();
    private final Map<RowId, StandingDifference> standing = new LinkedHashMap<>();

    private ProofBook(Map<SiteId, Connection> connections, JournalRetention.Committed committed) {
        this.connections = connections;
        this.committed = committed;
    }

    /**
     * Reads what the sites have.
     *
     * @param connections to all sites, in auto-commit mode whenever this is called
     * @param committed   told of each transaction that writes
     */
    static ProofBook read(Map<SiteId, Connection> connections, JournalRetention.Committed committed)
            throws SiteException {
        ProofBook book = new ProofBook(connections, committed);
        List<Proven> sites = new ArrayList<>();
        for (Map.Entry<SiteId, Connection> site : connections.entrySet()) {
            try {
                sites.add(Proven.read(site.getValue()));
            } catch (SQLException e) {
                throw new SiteException(site.getKey(), "reading what is proved to be equal", e);
            }
        }
        Proven all = Proven.ofAll(sites);
        all.tables().forEach(proof -> book.tables.put(proof.table(), proof));
        all.differences().forEach(difference -> book.standing.put(difference.id(), difference));
        return book;
    }

    TableProof of(TableId table) {
        return tables.getOrDefault(table, TableProof.none(table));
    }

    void save(TableProof proof) throws SiteException {
        tables.put(proof.table(), proof);
        write("writing what is proved to be equal", connection -> Optional.of(Proofs.save(connection, proof)));
    }

    boolean hasStanding() {
        return !standing.isEmpty();
    }

    List<StandingDifference> standing(TableId table) {
        return standing.values().stream()
                .filter(difference -> difference.table().equals(table))
                .toList();
    }

    boolean isStanding(StandingDifference difference) {
        return standing.containsKey(difference.id());
    }

    void add(StandingDifference difference) throws SiteException {
        standing.putIfAbsent(difference.id(), difference);
        write("writing what differs", connection -> Optional.of(Proofs.add(connection, difference)));
    }

    void remove(StandingDifference difference) throws SiteException {
        standing.remove(difference.id());
        write("writing what differs no more", connection -> Proofs.remove(connection, difference.id()));
    }

    private interface Writing {
        Optional<String> at(Connection connection) throws SQLException;
    }

    private void write(String doing, Writing writing) throws SiteException {
        for (Map.Entry<SiteId, Connection> site : connections.entrySet()) {
            try {
                writing.at(site.getValue())
                        .ifPresent(transaction -> committed.at(site.getKey(), Integer.parseUnsignedInt(transaction)));
            } catch (SQLException e) {
                throw new SiteException(site.getKey(), doing, e);
            }
        }
    }
}
