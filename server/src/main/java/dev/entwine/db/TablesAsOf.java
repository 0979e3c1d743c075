package dev.entwine.db;

import dev.entwine.model.Position;
import dev.entwine.model.Table;
import dev.entwine.model.TableId;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;

/**
 * The tables as they were found, and at which place of a site's log: rows from before it are described as the tables were then.
 *
 * @param tables    every table that the log is read for
 * @param place     before the tables were looked at
 * @param histories of the tables at this site; may lack some, whose older descriptions then have to fit as they are, but for columns
 *                  added since
 */
public record TablesAsOf(Map<TableId, Table> tables, Position place, Map<TableId, ColumnHistory> histories) {
    public TablesAsOf {
        tables = Map.copyOf(tables);
        histories = Map.copyOf(histories);
    }

    /**
     * Reads what this site knows of the tables' past.
     *
     * @param connection for {@link Sessions.Purpose#CONTROL}
     * @param place      read before the tables were
     */
    public static TablesAsOf read(Connection connection, Map<TableId, Table> tables, Position place)
            throws SQLException {
        return new TablesAsOf(tables, place, ColumnHistory.read(connection, tables.keySet()));
    }
}
