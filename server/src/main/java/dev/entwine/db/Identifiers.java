package dev.entwine.db;

import dev.entwine.model.TableId;
import java.util.Collection;
import java.util.stream.Collectors;

/** Writes names and texts into SQL. */
public final class Identifiers {
    private Identifiers() {}

    /** A name in double quotes, whatever it holds. */
    public static String quote(String name) {
        return '"' + name.replace("\"", "\"\"") + '"';
    }

    /** {@code "schema"."table"}. */
    public static String quote(TableId table) {
        return quote(table.schema()) + "." + quote(table.name());
    }

    /** Quoted names with commas between them. */
    public static String list(Collection<String> names) {
        return names.stream().map(Identifiers::quote).collect(Collectors.joining(", "));
    }

    /** A text as a string literal; right only where standard_conforming_strings is on, as {@link Sessions} sees to. */
    public static String literal(String text) {
        return "'" + text.replace("'", "''") + "'";
    }
}
