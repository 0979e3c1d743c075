package dev.entwine.engine;

import dev.entwine.config.Configuration;
import dev.entwine.db.AddedColumns;
import dev.entwine.db.Catalog;
import dev.entwine.db.Names;
import dev.entwine.db.TableSet;
import dev.entwine.model.SiteId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks whether somebody has changed a synchronized table since the engine began. Schema changes are in no log: one at which nothing
 * is written behind would not be noticed. Owned by the keeper.
 */
final class TableWatch {
    /** Columns and keys of the published tables. A table that was dropped and made again is not published, and has another number. */
    private static final String PRINT = """
        SELECT md5(concat(
            (SELECT string_agg(concat_ws(' ', a.attrelid, c.relnamespace, c.relname, a.attnum, a.attname, a.atttypid, a.atttypmod,
                                         a.attnotnull, a.attgenerated), ',' ORDER BY a.attrelid, a.attnum)
             FROM pg_publication p JOIN pg_publication_rel r ON r.prpubid = p.oid JOIN pg_class c ON c.oid = r.prrelid
                  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
             WHERE p.pubname = ?),
            (SELECT string_agg(concat_ws(' ', i.indexrelid, i.indkey), ',' ORDER BY i.indexrelid)
             FROM pg_publication p JOIN pg_publication_rel r ON r.prpubid = p.oid JOIN pg_index i ON i.indrelid = r.prrelid
             WHERE p.pubname = ? AND (i.indisprimary OR i.indisreplident))))
        """;

    private static final Logger LOG = LoggerFactory.getLogger(TableWatch.class);

    private final Map<SiteId, String> prints;
    private String warned = "";

    private TableWatch(Map<SiteId, String> prints) {
        this.prints = prints;
    }

    /** To be called before the tables are looked at. */
    static TableWatch begin(Collection<Lease> leases) throws SQLException {
        return new TableWatch(prints(leases));
    }

    private static Map<SiteId, String> prints(Collection<Lease> leases) throws SQLException {
        Map<SiteId, String> prints = new TreeMap<>();
        for (Lease lease : leases) {
            prints.put(lease.site(), print(lease.connection()));
        }
        return prints;
    }

    private static String print(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(PRINT)) {
            statement.setString(1, Names.PUBLICATION);
            statement.setString(2, Names.PUBLICATION);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getString(1);
            }
        }
    }

    /**
     * Returns whether the engine has to begin anew, for the tables are others by now and alike at all sites. Where they are not alike it
     * goes on: what concerns the difference is held up, or stops the reading, and the rest need not wait for it.
     */
    boolean mustBeginAnew(Configuration configuration, Collection<Lease> leases) throws SQLException {
        if (prints(leases).equals(prints)) {
            return false;
        }
        List<Catalog> catalogs = new ArrayList<>();
        for (Lease lease : leases) {
            catalogs.add(Catalog.read(lease.site(), lease.connection()));
        }
        TableSet found = Startup.agree(configuration, catalogs);
        if (found.hasErrors()) {
            AddedColumns.Result columns = Startup.addColumns(configuration, catalogs, leases);
            if (!columns.added().isEmpty()) {
                return false; // the next look takes them
            }
            String differ = columns.withRefused(Startup.errors(found.findings()));
            if (!differ.equals(warned)) {
                LOG.warn(
                        "the tables are not alike at all sites any more; what this concerns will be held up:\n{}",
                        differ);
                warned = differ;
            }
        }
        return !found.hasErrors();
    }
}
