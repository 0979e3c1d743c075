package dev.entwine.policy;

import dev.entwine.merge.CellOrder;
import dev.entwine.merge.Elements;
import java.util.Optional;
import java.util.regex.Pattern;

/** What policies can do with a column, by its type. */
enum ColumnKind {
    INTEGER("smallint|integer|bigint"),
    EXACT("numeric(\\(.*\\))?"),
    INEXACT("real|double precision"),
    TIMESTAMP("timestamp(\\(\\d\\))? with time zone"),
    TIME("date|timestamp(\\(\\d\\))? without time zone|time(\\(\\d\\))? with(out)? time zone"),
    BOOLEAN("boolean"),
    TEXT("text|character varying(\\(\\d+\\))?|character(\\(\\d+\\))?|uuid"),
    ARRAY(".*\\[\\]"),
    OTHER(".*");

    static final String ORDERED = "numbers, dates, times, boolean, text and uuid";
    static final String SUMMED = "smallint, integer, bigint and numeric";
    static final String UNITED = "arrays, and text with words between commas";

    private final Pattern types;

    ColumnKind(String types) {
        this.types = Pattern.compile(types);
    }

    static ColumnKind of(String type) {
        for (ColumnKind kind : values()) {
            if (kind.types.matcher(type).matches()) {
                return kind;
            }
        }
        throw new IllegalStateException("the last kind matches every type");
    }

    boolean canBeSummed() {
        return this == INTEGER || this == EXACT;
    }

    Optional<CellOrder> order() {
        return switch (this) {
            case INTEGER, EXACT, INEXACT -> Optional.of(CellOrder.ascending(CellOrder.Kind.NUMBERS));
            case TIMESTAMP, TIME -> Optional.of(CellOrder.ascending(CellOrder.Kind.TIMES));
            case BOOLEAN, TEXT -> Optional.of(CellOrder.ascending(CellOrder.Kind.BYTES));
            case ARRAY, OTHER -> Optional.empty();
        };
    }

    Optional<Elements> elements() {
        return switch (this) {
            case ARRAY -> Optional.of(Elements.ARRAY);
            case TEXT -> Optional.of(Elements.WORDS);
            case INTEGER, EXACT, INEXACT, TIMESTAMP, TIME, BOOLEAN, OTHER -> Optional.empty();
        };
    }
}
