package dev.entwine.config;

import dev.entwine.model.TableId;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Matches {@code schema.table} names as the catalog has them (case counts): {@code *} stands for any run of characters within
 * the schema or within the table, {@code ?} for one.
 */
public final class TablePattern {
    private final String text;
    private final Pattern schema;
    private final Pattern name;

    private TablePattern(String text, Pattern schema, Pattern name) {
        this.text = text;
        this.schema = schema;
        this.name = name;
    }

    /** Empty unless the text has the form {@code schema.table}. */
    public static Optional<TablePattern> parse(String text) {
        int dot = text.indexOf('.');
        if (dot < 1 || dot == text.length() - 1) {
            return Optional.empty();
        }
        return Optional.of(new TablePattern(text, glob(text.substring(0, dot)), glob(text.substring(dot + 1))));
    }

    private static Pattern glob(String text) {
        StringBuilder regex = new StringBuilder();
        text.codePoints().forEach(c -> {
            switch (c) {
                case '*' -> regex.append(".*");
                case '?' -> regex.append('.');
                default -> regex.append(Pattern.quote(Character.toString(c)));
            }
        });
        return Pattern.compile(regex.toString(), Pattern.DOTALL);
    }

    public boolean matches(TableId table) {
        return schema.matcher(table.schema()).matches()
                && name.matcher(table.name()).matches();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TablePattern that && text.equals(that.text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    @Override
    public String toString() {
        return text;
    }
}
