package dev.entwine.testkit.torture;

import dev.entwine.testkit.torture.Entry.Party;
import dev.entwine.testkit.witness.Image;
import dev.entwine.testkit.witness.RowId;
import java.sql.Array;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** Reads a site's journal by its published form. */
public final class Journal {
    private static final String PARTY = """
        (SELECT t.value ->> 'transaction' FROM jsonb_each(c.transactions) t
         WHERE t.value ->> 'site' = %1$s AND (%2$s IS NULL OR t.value ->> 'position' = %2$s) LIMIT 1)\
        """;

    private static final String LOSERS = "SELECT c.id, l ->> 'site', "
            + String.format(PARTY, "l ->> 'site'", "l ->> 'position'")
            + ", ARRAY(SELECT key FROM jsonb_each_text(nullif(l -> 'image', 'null')) WHERE value IS NOT NULL),"
            + " ARRAY(SELECT value FROM jsonb_each_text(nullif(l -> 'image', 'null')) WHERE value IS NOT NULL)"
            + " FROM entwine.conflict c, jsonb_array_elements(c.losers) WITH ORDINALITY o(l, n) ORDER BY c.id, n";

    private static final String ENTRIES = "SELECT c.id, c.table_name, c.key ->> 'id', c.kind, c.winner, "
            + String.format(PARTY, "c.winner", "NULL::text")
            + ", ARRAY(SELECT key FROM jsonb_each_text(nullif(result, 'null')) WHERE value IS NOT NULL), ARRAY(SELECT"
            + " value FROM jsonb_each_text(nullif(result, 'null')) WHERE value IS NOT NULL), concat_ws(' | ', at,"
            + " table_schema, policy, status, vector, stamp, operation, transactions #- '{merged,before}') FROM"
            + " entwine.conflict c ORDER BY c.id";

    private Journal() {}

    /** All entries, by id. */
    public static List<Entry> read(Connection connection) throws SQLException {
        List<Entry> entries = new ArrayList<>();
        try (Statement statement = connection.createStatement()) {
            statement.execute("SET timezone = 'UTC'");
            Map<String, List<Party>> losers = losers(statement);
            try (ResultSet row = statement.executeQuery(ENTRIES)) {
                while (row.next()) {
                    String id = row.getString(1);
                    entries.add(new Entry(
                            id,
                            new RowId(row.getString(2), row.getString(3)),
                            row.getString(4),
                            row.getString(5),
                            new Party(row.getString(5), row.getLong(6), Optional.empty()),
                            losers.getOrDefault(id, List.of()),
                            image(row.getArray(7), row.getArray(8)),
                            row.getString(9)));
                }
            }
        }
        return entries;
    }

    private static Map<String, List<Party>> losers(Statement statement) throws SQLException {
        Map<String, List<Party>> losers = new HashMap<>();
        try (ResultSet row = statement.executeQuery(LOSERS)) {
            while (row.next()) {
                losers.computeIfAbsent(row.getString(1), id -> new ArrayList<>())
                        .add(new Party(row.getString(2), row.getLong(3), image(row.getArray(4), row.getArray(5))));
            }
        }
        return losers;
    }

    private static Optional<Image> image(Array names, Array texts) throws SQLException {
        String[] columns = (String[]) names.getArray();
        String[] values = (String[]) texts.getArray();
        if (columns.length == 0) {
            return Optional.empty();
        }
        SortedMap<String, String> cells = new TreeMap<>();
        for (int i = 0; i < columns.length; i++) {
            cells.put(columns[i], Image.cell(values[i]));
        }
        return Optional.of(new Image(cells));
    }
}
