package dev.entwine.testkit.witness;

import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Reads what {@code test_decoding} prints for a row: {@code table public.t: UPDATE: old-key: id[integer]:1 new-tuple: id[integer]:1
 * tag[text]:'it''s'}. Names may be quoted, types may hold brackets and blanks, quotes in values are doubled, and nothing else is
 * escaped.
 */
final class DecodedLine {
    private static final String TABLE = "table ";
    private static final String SCHEMA = "public";
    private static final String NEW = "new-tuple: ";
    private static final String OLD = "old-key: ";
    private static final String UNCHANGED = "unchanged-toast-datum";

    private final String line;
    private final SortedMap<String, String> cells = new TreeMap<>();
    private final Set<String> unchanged = new HashSet<>();
    private int at;

    private DecodedLine(String line) {
        this.line = line;
    }

    /**
     * Empty for tables of other schemas.
     *
     * @throws IllegalArgumentException the line is none of a row
     */
    static Optional<Change> read(String line) {
        return new DecodedLine(line).read();
    }

    private Optional<Change> read() {
        expect(TABLE);
        String schema = name('.');
        String table = name(':');
        expect(" ");
        String operation = until(':');
        expect(" ");
        if (!schema.equals(SCHEMA)) {
            return Optional.empty();
        }
        if (line.startsWith(OLD, at)) {
            at += OLD.length();
            columns();
            expect(NEW);
            cells.clear();
            unchanged.clear();
        }
        columns();
        RowId row = new RowId(table, key());
        return Optional.of(
                switch (operation) {
                    case "INSERT", "UPDATE" -> new Change(row, Optional.of(new Image(cells)), unchanged);
                    case "DELETE" -> new Change(row, Optional.empty(), Set.of());
                    default -> throw broken("an operation that nobody does here, " + operation);
                });
    }

    private String key() {
        String key = cells.get("id");
        if (key == null) {
            throw broken("no key");
        }
        return key;
    }

    /** As many as there are, up to the end or the new tuple. */
    private void columns() {
        while (at < line.length() && !line.startsWith(NEW, at)) {
            String column = name('[');
            int end = line.indexOf("]:", at);
            if (end < 0) {
                throw broken("a type without an end");
            }
            at = end + 2;
            value(column);
            if (at < line.length()) {
                expect(" ");
            }
        }
    }

    private void value(String column) {
        if (line.charAt(at) == '\'') {
            cells.put(column, Image.cell(quoted('\'')));
            return;
        }
        int end = line.indexOf(' ', at);
        String bare = line.substring(at, end < 0 ? line.length() : end);
        at += bare.length();
        if (bare.equals(UNCHANGED)) {
            unchanged.add(column);
        } else if (!bare.equals("null")) {
            cells.put(column, bare);
        }
    }

    /** A name, and the character behind it. */
    private String name(char behind) {
        if (line.charAt(at) != '"') {
            return until(behind);
        }
        String name = quoted('"');
        expect(String.valueOf(behind));
        return name;
    }

    private String quoted(char quote) {
        StringBuilder text = new StringBuilder();
        for (at++; at < line.length(); at++) {
            char c = line.charAt(at);
            if (c == quote) {
                if (at + 1 == line.length() || line.charAt(at + 1) != quote) {
                    at++;
                    return text.toString();
                }
                at++;
            }
            text.append(c);
        }
        throw broken("a quote without an end");
    }

    private String until(char end) {
        int found = line.indexOf(end, at);
        if (found < 0) {
            throw broken("no '" + end + "'");
        }
        String text = line.substring(at, found);
        at = found + 1;
        return text;
    }

    private void expect(String text) {
        if (!line.startsWith(text, at)) {
            throw broken("no '" + text + "'");
        }
        at += text.length();
    }

    private IllegalArgumentException broken(String what) {
        return new IllegalArgumentException(what + " at character " + at + " of: " + line);
    }
}
