package dev.entwine.capture.postgres;

import dev.entwine.db.ColumnHistory;
import dev.entwine.db.KeyText;
import dev.entwine.db.TablesAsOf;
import dev.entwine.model.Position;
import dev.entwine.model.Table;
import dev.entwine.model.TableId;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The tables and types that the log has described so far; it does so before their first row and after each change to them. */
final class Relations {
    private static final String COMPARE = "; nothing further is read. To go on by comparing the rows instead: drop the"
            + " engine's replication slot at this site (its name is in pg_replication_slots; SELECT"
            + " pg_drop_replication_slot(...)), then run 'entwine rejoin CONFIG SITE'";

    private final TablesAsOf asOf;
    private final Map<Integer, Relation> relations = new HashMap<>();
    /** Among them the partitions of a synchronized table, which are described though their rows come as the table's. */
    private final Map<Integer, TableId> others = new HashMap<>();

    private final Map<Integer, String> typeNames = new HashMap<>();

    /** One column of a description. */
    private record Column(String name, boolean identity, int typeOid) {
        Column named(String other) {
            return new Column(other, identity, typeOid);
        }
    }

    Relations(TablesAsOf asOf) {
        this.asOf = asOf;
    }

    Relation of(int oid) throws LogDefect {
        TableId other = others.get(oid);
        if (other != null) {
            throw new LogDefect("table " + other + " is in the publication but is not among the synchronized tables;"
                    + " take it out of the publication or add it to the configuration, and start again");
        }
        Relation relation = relations.get(oid);
        if (relation == null) {
            throw new LogDefect("a row of the table with number " + oid + " comes before the table's description");
        }
        return relation;
    }

    /** Reads the body of a Type message. */
    void addType(ByteBuffer message) {
        int oid = message.getInt();
        Wire.text(message);
        typeNames.put(oid, Wire.text(message));
    }

    /**
     * Reads the body of a Relation message.
     *
     * @param position of the transaction in which it stands
     */
    void add(ByteBuffer message, Position position) throws LogDefect {
        int oid = message.getInt();
        String schema = Wire.text(message);
        TableId id = new TableId(schema.isEmpty() ? "pg_catalog" : schema, Wire.text(message));
        message.get();
        List<Column> columns = columns(message);
        @Nullable Table table = asOf.tables().get(id);
        if (table == null) {
            others.put(oid, id);
            return;
        }
        others.remove(oid);
        columns = asOf.place().isAfter(position) ? now(table, columns) : columns;
        relations.put(oid, new Relation(table, places(table, columns, position), keyTexts(table, columns)));
    }

    /** What older columns are called now, with an empty name if they have been dropped since. */
    private List<Column> now(Table table, List<Column> then) throws LogDefect {
        ColumnHistory history = asOf.histories().get(table.id());
        if (history == null) {
            return then;
        }
        List<String> names = then.stream().map(Column::name).toList();
        List<Optional<String>> now = history.since(names)
                .orElseThrow(() -> new LogDefect("table " + table + " had the columns " + names
                        + " there, and more than one answer is possible to which of them its present columns are"
                        + " (renamed, or dropped and others added, while changes were waiting)" + COMPARE));
        List<Column> columns = new ArrayList<>();
        for (int i = 0; i < then.size(); i++) {
            columns.add(then.get(i).named(now.get(i).orElse("")));
        }
        return columns;
    }

    private static List<Column> columns(ByteBuffer message) {
        int count = message.getShort();
        List<Column> columns = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            boolean identity = (message.get() & 1) != 0;
            columns.add(new Column(Wire.text(message), identity, message.getInt()));
            message.getInt();
        }
        return columns;
    }

    private List<Integer> places(Table table, List<Column> columns, Position position) throws LogDefect {
        Set<String> missing = new HashSet<>(table.columns());
        List<Integer> places = new ArrayList<>();
        for (Column column : columns) {
            if (!column.name.isEmpty() && !missing.remove(column.name)) {
                throw LogDefect.changed("column " + column.name + " of table " + table
                        + " is replicated but is not among the columns that were agreed on " + table.columns());
            }
            places.add(table.columns().indexOf(column.name));
        }
        boolean addedLater = asOf.place().isAfter(position)
                && table.key().stream()
                        .noneMatch(column -> missing.contains(table.columns().get(column)));
        if (!missing.isEmpty() && !addedLater) {
            String names = String.join(", ", missing.stream().sorted().toList());
            if (asOf.place().isAfter(position)) { // another look at the tables would find the same
                throw new LogDefect(
                        "table " + table + " had no column " + names + " there, which is its key now" + COMPARE);
            }
            throw LogDefect.changed("table " + table + " has no replicated column " + names + " any more");
        }
        return places;
    }

    private List<KeyText> keyTexts(Table table, List<Column> columns) throws LogDefect {
        List<KeyText> texts = new ArrayList<>();
        for (int index : table.key()) {
            String name = table.columns().get(index);
            Column column = columns.stream()
                    .filter(candidate -> candidate.name.equals(name))
                    .findFirst()
                    .orElseThrow();
            if (!column.identity) {
                throw new LogDefect("the replica identity of table " + table + " does not hold its key's column " + name
                        + "; run ALTER TABLE " + table + " REPLICA IDENTITY DEFAULT (or FULL) and start again");
            }
            texts.add(keyText(column)
                    .orElseThrow(() -> new LogDefect("the key of table " + table + " holds column " + name
                            + ", of a type whose equal values may be written differently; such keys cannot be"
                            + " synchronized, take the table out")));
        }
        return texts;
    }

    private Optional<KeyText> keyText(Column column) {
        String name = typeNames.get(column.typeOid);
        return name == null ? KeyText.ofBuiltIn(column.typeOid) : KeyText.ofNamed(name);
    }
}
