package dev.entwine.apply;

import dev.entwine.db.Identifiers;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Statements that travel to the server in one message, in order; each may rely on what those before it did. The results are handed
 * on when all have been carried out, or not at all. Owned by its target's thread.
 */
final class Script {
    /** In characters; what is longer goes in several messages, so that a large batch is not in memory once more as one text. */
    private static final int MESSAGE_MAX = 1 << 20;

    /** Takes what a statement returns, in the order of the statements. */
    interface Rows {
        void take(ResultSet rows) throws SQLException;
    }

    private final Connection connection;
    private final PreparedTexts prepared;
    private final StringBuilder text = new StringBuilder();
    private final List<@Nullable Rows> results = new ArrayList<>();

    Script(Connection connection, PreparedTexts prepared) {
        this.connection = connection;
        this.prepared = prepared;
    }

    /** @param rows null: the statement returns none */
    void add(String sql, @Nullable Rows rows, List<String> literals) throws SQLException {
        if (text.length() > MESSAGE_MAX || !prepared.has(sql)) {
            run();
        }
        addPlain("EXECUTE " + prepared.name(sql), rows);
        char before = '(';
        for (String literal : literals) {
            text.append(before).append(literal);
            before = ',';
        }
        text.append(literals.isEmpty() ? "" : ")");
    }

    /** A statement that is not worth preparing. */
    void addPlain(String sql, @Nullable Rows rows) {
        text.append(text.isEmpty() ? "" : ";").append(sql);
        results.add(rows);
    }

    /** Sends what was added since the last run. */
    void run() throws SQLException {
        if (text.isEmpty()) {
            return;
        }
        String message = text.toString();
        List<@Nullable Rows> awaited = new ArrayList<>(results);
        text.setLength(0);
        results.clear();
        try (Statement statement = connection.createStatement()) {
            statement.setEscapeProcessing(false);
            statement.execute(message);
            for (Rows rows : awaited) {
                if (rows != null) {
                    rows.take(statement.getResultSet());
                }
                statement.getMoreResults();
            }
        }
    }

    /** One of the server's arrays of text. */
    static String array(List<@Nullable String> values) {
        StringBuilder literal = new StringBuilder("'{");
        for (int i = 0; i < values.size(); i++) {
            String value = values.get(i);
            literal.append(i == 0 ? "" : ",");
            if (value == null) {
                literal.append("NULL");
            } else {
                literal.append('"');
                for (int at = 0; at < value.length(); at++) {
                    char character = value.charAt(at);
                    switch (character) {
                        case '"', '\\' -> literal.append('\\').append(character);
                        case '\'' -> literal.append("''");
                        default -> literal.append(character);
                    }
                }
                literal.append('"');
            }
        }
        return literal.append("}'").toString();
    }

    static String textOrNull(@Nullable String value) {
        return value == null ? "NULL" : text(value);
    }

    static String text(String value) {
        return Identifiers.literal(value);
    }
}
