package dev.entwine.testkit;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Asks of every acknowledged write of a workload where it is: visible, overwritten by a writer who had seen it, or a loser in the
 * journal of the site that is asked. Knows the tables of the workload and the published form of the journal, nothing else.
 */
public final class Accounting {
    private final Connection connection;
    private final Set<String> visible = new HashSet<>();
    private final Set<String> journaled = new HashSet<>();
    private final Set<String> overwritten = new HashSet<>();
    /** Keys under which somebody has inserted, by table. */
    private final Map<String, Set<List<String>>> inserted = new HashMap<>();

    private Accounting(Connection connection) {
        this.connection = connection;
    }

    /** The acknowledged writes that are nowhere, in words; everything must have come to rest. */
    public static List<String> missing(Connection site, List<Write> writes) throws SQLException {
        Accounting accounting = new Accounting(site);
        accounting.read();
        return accounting.missing(writes);
    }

    private void read() throws SQLException {
        for (String table : Workload.TABLES) {
            collect("SELECT tag FROM " + table, visible);
        }
        collect(
                "SELECT l -> 'image' ->> 'tag' FROM entwine.conflict, jsonb_array_elements(losers) l"
                        + " WHERE l -> 'image' ->> 'tag' IS NOT NULL",
                journaled);
    }

    private void collect(String sql, Set<String> into) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            while (row.next()) {
                into.add(row.getString(1));
            }
        }
    }

    private List<String> missing(List<Write> writes) throws SQLException {
        for (Write write : writes) {
            write.overwritten().ifPresent(overwritten::add);
            if (write.kind() == Write.Kind.INSERT) {
                inserted.computeIfAbsent(write.table(), table -> new HashSet<>())
                        .add(write.key());
            }
        }
        List<String> missing = new ArrayList<>();
        for (Write write : writes) {
            if (write.outcome() == Write.Outcome.ACKNOWLEDGED && !isAccountedFor(write)) {
                missing.add(write.kind() + " of " + write.table() + " " + write.key() + " at " + write.site() + " (tag "
                        + write.tag() + ")");
            }
        }
        return missing;
    }

    private boolean isAccountedFor(Write write) throws SQLException {
        if (visible.contains(write.tag()) || overwritten.contains(write.tag()) || journaled.contains(write.tag())) {
            return true;
        }
        return write.kind() == Write.Kind.DELETE && (!exists(write) || wasInsertedAgain(write) || isLostDelete(write));
    }

    private boolean wasInsertedAgain(Write write) {
        return inserted.getOrDefault(write.table(), Set.of()).contains(write.key());
    }

    private boolean exists(Write write) throws SQLException {
        List<WorkloadTable.Typed> key = keyColumns(write);
        List<String> conditions = key.stream()
                .map(column -> column.name() + " = " + column.parameter())
                .toList();
        return ask(
                "SELECT EXISTS (SELECT FROM " + write.table() + " WHERE " + String.join(" AND ", conditions) + ")",
                write);
    }

    private boolean isLostDelete(Write write) throws SQLException {
        List<String> conditions = keyColumns(write).stream()
                .map(column -> "(key ->> '" + column.name() + "')::" + column.type() + " = " + column.parameter())
                .toList();
        return ask(
                "SELECT EXISTS (SELECT FROM entwine.conflict, jsonb_array_elements(losers) l WHERE table_name = '"
                        + write.table() + "' AND l -> 'image' = 'null'::jsonb AND " + String.join(" AND ", conditions)
                        + ")",
                write);
    }

    private boolean ask(String sql, Write write) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < write.key().size(); i++) {
                statement.setString(i + 1, write.key().get(i));
            }
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getBoolean(1);
            }
        }
    }

    private static List<WorkloadTable.Typed> keyColumns(Write write) {
        return WorkloadTable.SHARED.stream()
                .filter(table -> table.name().equals(write.table()))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("rows of " + write.table() + " are never deleted"))
                .keyColumns();
    }
}
