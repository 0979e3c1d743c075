package dev.entwine.snapshot;

import dev.entwine.db.Bookkeeping;
import dev.entwine.db.Identifiers;
import dev.entwine.db.SiteException;
import dev.entwine.model.Table;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** A copy fills tables that hold nothing but what a stopped copy has brought. Stateless. */
final class EmptyTargets {
    /** Beyond this the exact number does not matter and would take long to find. */
    private static final int COUNTED_MAX = 100_000;

    private EmptyTargets() {}

    /** @throws RefusedException some tables hold rows; names all of them */
    static void require(List<Table> tables, List<SiteAccess> targets) throws SiteException, RefusedException {
        List<String> filled = new ArrayList<>();
        for (SiteAccess target : targets) {
            for (Table table : tables) {
                long rows = target.call("counting the rows of " + table, connection -> count(connection, table));
                if (rows > 0) {
                    filled.add("  " + target.site() + ": table " + table + " holds "
                            + (rows > COUNTED_MAX ? "more than " + COUNTED_MAX : rows)
                            + (rows == 1 ? " row" : " rows"));
                }
            }
        }
        if (!filled.isEmpty()) {
            throw new RefusedException("a copy fills empty tables only, and these hold rows that no copy has brought:\n"
                    + String.join("\n", filled)
                    + "\nempty them, or use 'init --equal' if the sites hold the same rows already");
        }
    }

    private static long count(Connection connection, Table table) throws SQLException {
        String others = Bookkeeping.meta(connection).isPresent() ? " AS t WHERE NOT " + CopyLog.BY_COPY : "";
        String sql = "SELECT count(*) FROM (SELECT FROM " + Identifiers.quote(table.id()) + others + " LIMIT "
                + (COUNTED_MAX + 1) + ") rows";
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getLong(1);
        }
    }
}
