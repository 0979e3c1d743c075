package dev.entwine.apply;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The statements that the server has prepared for one session, by their text, so that it parses and plans each but once. Not part of
 * any transaction. Owned by its target's thread.
 */
final class PreparedTexts {
    /** The server keeps a plan for each. Beyond it the one that was used least lately goes. */
    private static final int STATEMENTS_MAX = 256;

    private final Connection connection;
    private final Map<String, String> names = new LinkedHashMap<>(64, 0.75f, true);
    private int made;

    PreparedTexts(Connection connection) {
        this.connection = connection;
    }

    boolean has(String sql) {
        return names.containsKey(sql);
    }

    /** Prepares the statement unless it is. Another one's name may be given up for it. */
    String name(String sql) throws SQLException {
        String known = names.get(sql);
        if (known != null) {
            return known;
        }
        String name = "entwine_" + ++made;
        execute("PREPARE " + name + " AS " + sql);
        names.put(sql, name);
        if (names.size() > STATEMENTS_MAX) {
            String eldest = names.keySet().iterator().next();
            execute("DEALLOCATE " + names.remove(eldest));
        }
        return name;
    }

    private void execute(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.setEscapeProcessing(false);
            statement.execute(sql);
        }
    }
}
