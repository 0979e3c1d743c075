package dev.entwine.policy;

import com.google.common.collect.ImmutableCollection;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.cel.common.CelIssue;
import dev.cel.common.CelOptions;
import dev.cel.common.CelValidationException;
import dev.cel.common.CelValidationResult;
import dev.cel.common.types.CelKind;
import dev.cel.common.types.CelType;
import dev.cel.common.types.CelTypeProvider;
import dev.cel.common.types.MapType;
import dev.cel.common.types.NullableType;
import dev.cel.common.types.SimpleType;
import dev.cel.common.types.StructType;
import dev.cel.common.values.NullValue;
import dev.cel.compiler.CelCompiler;
import dev.cel.compiler.CelCompilerBuilder;
import dev.cel.compiler.CelCompilerFactory;
import dev.cel.parser.CelStandardMacro;
import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.CelRuntime;
import dev.cel.runtime.CelRuntimeFactory;
import dev.entwine.db.Catalog;
import dev.entwine.merge.Arbiter;
import dev.entwine.merge.Contender;
import dev.entwine.model.Cell;
import dev.entwine.model.Image;
import dev.entwine.model.Table;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.DateTimeParseException;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A user's expression in the Common Expression Language. It is checked against the table's columns as they are; what it is given when
 * it is asked are maps, for a row has no class here.
 */
final class CelRule implements Arbiter {
    private static final String ROW = "entwine.Row";
    private static final MapType TEXTS = MapType.create(SimpleType.STRING, SimpleType.STRING);
    private static final MapType TIMES = MapType.create(SimpleType.STRING, SimpleType.TIMESTAMP);
    private static final MapType CELLS = MapType.create(SimpleType.STRING, SimpleType.DYN);
    private static final DateTimeFormatter TIMESTAMP = new DateTimeFormatterBuilder()
            .append(DateTimeFormatter.ISO_LOCAL_DATE)
            .appendLiteral(' ')
            .append(DateTimeFormatter.ISO_LOCAL_TIME)
            .appendOffset("+HH:mm", "+00")
            .toFormatter(Locale.ROOT);

    private final Table table;
    private final List<ColumnKind> kinds;
    private final List<String> problems;
    private final CelRuntime.@Nullable Program program;

    private CelRule(Table table, List<ColumnKind> kinds, List<String> problems, CelRuntime.@Nullable Program program) {
        this.table = table;
        this.kinds = kinds;
        this.problems = List.copyOf(problems);
        this.program = program;
    }

    static CelRule compile(String expression, Table table, Catalog.Relation relation) {
        List<ColumnKind> kinds = table.columns().stream()
                .map(name -> ColumnKind.of(
                        relation.column(name).map(Catalog.Column::type).orElse("unknown")))
                .toList();
        CelValidationResult checked = checker(table, kinds).compile(expression);
        if (checked.hasError()) {
            return new CelRule(table, kinds, problems(checked.getErrors()), null);
        }
        try {
            CelType result = checked.getAst().getResultType();
            if (result.kind() != CelKind.STRING && result.kind() != CelKind.MAP && result.kind() != CelKind.DYN) {
                String what = "it gives " + result.name() + "; allowed: 'local', 'remote', or a map of columns";
                return new CelRule(table, kinds, List.of(what), null);
            }
            CelRuntime runtime = CelRuntimeFactory.legacyCelRuntimeBuilder()
                    .setOptions(CelOptions.current().build())
                    .build();
            return new CelRule(
                    table,
                    kinds,
                    List.of(),
                    runtime.createProgram(
                            compiler(CELLS).build().compile(expression).getAst()));
        } catch (CelValidationException | CelEvaluationException e) {
            return new CelRule(table, kinds, List.of(String.valueOf(e.getMessage())), null);
        }
    }

    private static CelCompiler checker(Table table, List<ColumnKind> kinds) {
        ImmutableMap.Builder<String, CelType> types = ImmutableMap.builder();
        for (int i = 0; i < kinds.size(); i++) {
            types.put(table.columns().get(i), type(kinds.get(i)));
        }
        ImmutableMap<String, CelType> fields = types.buildOrThrow();
        StructType row = StructType.create(ROW, fields.keySet(), name -> Optional.ofNullable(fields.get(name)));
        return compiler(row).setTypeProvider(new OneType(row)).build();
    }

    private static CelCompilerBuilder compiler(CelType row) {
        return CelCompilerFactory.standardCelCompilerBuilder()
                .setStandardMacros(CelStandardMacro.STANDARD_MACROS)
                .addVar("local", row)
                .addVar("remote", row)
                .addVar("base", row)
                .addVar("sites", TEXTS)
                .addVar("times", TIMES);
    }

    /** A value may be NULL wherever a column is nullable at some site, so every one may. */
    private static CelType type(ColumnKind kind) {
        return switch (kind) {
            case INTEGER -> NullableType.create(SimpleType.INT);
            case EXACT, INEXACT -> NullableType.create(SimpleType.DOUBLE);
            case TIMESTAMP -> NullableType.create(SimpleType.TIMESTAMP);
            case BOOLEAN -> NullableType.create(SimpleType.BOOL);
            case TIME, TEXT, ARRAY, OTHER -> NullableType.create(SimpleType.STRING);
        };
    }

    private record OneType(StructType row) implements CelTypeProvider {
        @Override
        public ImmutableCollection<CelType> types() {
            return ImmutableList.of(row);
        }

        @Override
        public Optional<CelType> findType(String name) {
            return name.equals(ROW) ? Optional.of(row) : Optional.empty();
        }
    }

    private static List<String> problems(List<CelIssue> issues) {
        return issues.stream()
                .map(issue -> issue.getMessage() + " (line "
                        + issue.getSourceLocation().getLine() + ", column "
                        + (issue.getSourceLocation().getColumn() + 1) + " of the rule)")
                .toList();
    }

    /** Why it cannot be used; empty when it can. */
    List<String> problems() {
        return problems;
    }

    @Override
    public Ruling decide(Contender first, Contender second, @Nullable Image base) throws NoRulingException {
        if (program == null) {
            throw new IllegalStateException("a rule with problems is never asked");
        }
        Map<String, Object> variables = new HashMap<>();
        try {
            variables.put("local", row(first.image()));
            variables.put("remote", row(second.image()));
            variables.put("base", row(base));
            variables.put(
                    "sites",
                    Map.of("local", first.site().name(), "remote", second.site().name()));
            variables.put(
                    "times",
                    Map.of(
                            "local",
                            first.stamp().toInstant(),
                            "remote",
                            second.stamp().toInstant()));
            return ruling(program.eval(variables));
        } catch (CelEvaluationException | DateTimeParseException | NumberFormatException e) {
            throw new NoRulingException("the rule of table " + table + " fails", e);
        }
    }

    private Map<String, Object> row(@Nullable Image image) {
        Map<String, Object> row = new HashMap<>();
        for (int i = 0; image != null && i < image.size(); i++) {
            row.put(
                    table.columns().get(i),
                    image.cell(i) instanceof Cell.Value value
                            ? value(kinds.get(i), value.text())
                            : NullValue.NULL_VALUE);
        }
        return row;
    }

    private static Object value(ColumnKind kind, String text) {
        return switch (kind) {
            case INTEGER -> Long.valueOf(text);
            case EXACT, INEXACT -> Double.valueOf(text);
            case BOOLEAN -> text.equals("t");
            case TIMESTAMP -> OffsetDateTime.parse(text, TIMESTAMP).toInstant();
            case TIME, TEXT, ARRAY, OTHER -> text;
        };
    }

    private Ruling ruling(Object result) throws NoRulingException {
        if (result.equals("local")) {
            return Ruling.Side.FIRST;
        }
        if (result.equals("remote")) {
            return Ruling.Side.SECOND;
        }
        if (result instanceof Map<?, ?> map) {
            Map<String, @Nullable String> values = new HashMap<>();
            map.forEach((column, value) -> values.put(String.valueOf(column), text(value)));
            return new Ruling.Cells(HandlerCall.cells(table, values));
        }
        throw new NoRulingException(
                "the rule of table " + table + " gives neither 'local' nor 'remote' nor a map of columns",
                new IllegalArgumentException(result.getClass().getName()));
    }

    private static @Nullable String text(@Nullable Object value) {
        return switch (value) {
            case null -> null;
            case NullValue nothing -> null;
            case Double number
            when number == Math.rint(number) && Math.abs(number) < 1e15 ->
                BigDecimal.valueOf(number.longValue()).toPlainString();
            case Instant instant -> TIMESTAMP.format(instant.atOffset(ZoneOffset.UTC));
            case Boolean truth -> truth ? "t" : "f";
            default -> value.toString();
        };
    }
}
