package dev.entwine.apply;

import dev.entwine.merge.Contender;
import dev.entwine.merge.Decision;
import dev.entwine.merge.Ledger;
import dev.entwine.merge.Mark;
import dev.entwine.merge.MergedRow;
import dev.entwine.merge.Restraint;
import dev.entwine.merge.Verdict;
import dev.entwine.model.Cell;
import dev.entwine.model.Image;
import dev.entwine.model.Operation;
import dev.entwine.model.Position;
import dev.entwine.model.RowKey;
import dev.entwine.model.SiteId;
import dev.entwine.model.Stamp;
import dev.entwine.model.Table;
import dev.entwine.model.VersionVector;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The JSON in the engine's own tables: images and versions. A column that the log left out of an image is left out here too. */
final class JournalJson {
    /** The winner of a decision that neither version won. */
    static final String MERGED = "merged";

    /** Which of the two versions of a decision stands. */
    private static final String STANDS = "stands";

    private static final JsonMapper MAPPER = new JsonMapper();

    private JournalJson() {}

    static String key(Table table, RowKey key) {
        ObjectNode node = MAPPER.createObjectNode();
        for (int i = 0; i < key.values().size(); i++) {
            node.put(table.columns().get(table.key().get(i)), key.values().get(i));
        }
        return node.toString();
    }

    static RowKey key(Table table, String json) {
        JsonNode node = MAPPER.readTree(json);
        List<String> values = new ArrayList<>();
        for (int column : table.key()) {
            values.add(node.path(table.columns().get(column)).asString());
        }
        return new RowKey(table.id(), values);
    }

    static @Nullable String image(Table table, @Nullable Image image) {
        return image == null ? null : imageNode(table, image).toString();
    }

    private static JsonNode imageNode(Table table, @Nullable Image image) {
        if (image == null) {
            return MAPPER.nullNode();
        }
        ObjectNode node = MAPPER.createObjectNode();
        for (int i = 0; i < image.size(); i++) {
            put(node, table.columns().get(i), image.cell(i));
        }
        return node;
    }

    static @Nullable Image image(Table table, @Nullable String json) {
        return json == null ? null : image(table, MAPPER.readTree(json));
    }

    private static @Nullable Image image(Table table, JsonNode node) {
        if (node.isNull() || node.isMissingNode()) {
            return null;
        }
        Cell[] cells = new Cell[table.columns().size()];
        for (int i = 0; i < cells.length; i++) {
            JsonNode cell = node.path(table.columns().get(i));
            cells[i] = cell.isMissingNode() ? Cell.Absence.UNCHANGED : cell(cell);
        }
        return Image.of(cells);
    }

    static String merged(Table table, MergedRow merged) {
        ObjectNode node = MAPPER.createObjectNode();
        ArrayNode heads = node.putArray("heads");
        for (Contender head : merged.heads()) {
            ObjectNode version = version(head);
            version.set("image", imageNode(table, head.image()));
            if (head.before() != null) {
                version.set("before", imageNode(table, head.before()));
            }
            version.put("standing", head.vector().equals(merged.standing().vector()));
            heads.add(version);
        }
        ObjectNode cells = node.putObject("cells");
        put(table, cells, merged.cells());
        if (merged.ledger() != null) {
            node.set("ledger", ledgerNode(table, merged.ledger()));
        }
        Restraint restraint = merged.restraint();
        if (restraint != null) {
            ObjectNode by = node.putObject("restraint");
            by.put("withheld", restraint.withheld());
            put(table, by.putObject("cells"), restraint.cells());
        }
        return node.toString();
    }

    private static void put(Table table, ObjectNode node, Map<Integer, Cell> cells) {
        cells.forEach((column, cell) -> put(node, table.columns().get(column), cell));
    }

    private static Map<Integer, Cell> cells(Table table, JsonNode node) {
        Map<Integer, Cell> cells = new HashMap<>();
        for (String column : node.propertyNames()) {
            cells.put(table.columns().indexOf(column), cell(node.path(column)));
        }
        return cells;
    }

    private static void put(ObjectNode node, String column, Cell cell) {
        if (cell instanceof Cell.Value value) {
            node.put(column, value.text());
        } else if (cell == Cell.Absence.NULL) {
            node.putNull(column);
        }
    }

    private static ObjectNode ledgerNode(Table table, Ledger ledger) {
        ObjectNode node = MAPPER.createObjectNode();
        node.set("image", imageNode(table, ledger.image()));
        node.set("base", imageNode(table, ledger.base()));
        ObjectNode marks = node.putObject("marks");
        ledger.marks()
                .forEach((what, mark) -> marks.putObject(what)
                        .put("stamp", mark.stamp().micros())
                        .put("site", mark.site().name()));
        return node;
    }

    static MergedRow merged(Table table, String json) {
        JsonNode node = MAPPER.readTree(json);
        List<Contender> heads = new ArrayList<>();
        Contender standing = null;
        for (JsonNode head : node.path("heads")) {
            Contender version = version(head, image(table, head.path("before")), image(table, head.path("image")));
            heads.add(version);
            standing = head.path("standing").asBoolean(false) ? version : standing;
        }
        if (standing == null) {
            throw new IllegalStateException("a merged row of " + table + " has no version that stands");
        }
        JsonNode by = node.path("restraint");
        return new MergedRow(
                standing,
                heads,
                cells(table, node.path("cells")),
                node.has("ledger") ? ledger(table, node.path("ledger")) : null,
                by.isMissingNode()
                        ? null
                        : new Restraint(by.path("withheld").asBoolean(), cells(table, by.path("cells"))));
    }

    private static Ledger ledger(Table table, JsonNode node) {
        Map<String, Mark> marks = new HashMap<>();
        for (String what : node.path("marks").propertyNames()) {
            JsonNode mark = node.path("marks").path(what);
            marks.put(
                    what,
                    new Mark(
                            new Stamp(mark.path("stamp").asLong()),
                            new SiteId(mark.path("site").asString())));
        }
        return new Ledger(image(table, node.path("image")), marks, image(table, node.path("base")));
    }

    private static Cell cell(JsonNode node) {
        return node.isNull() ? Cell.Absence.NULL : Cell.text(node.asString());
    }

    static String winner(Decision decision) {
        return switch (decision.verdict()) {
            case Verdict.Choice choice -> winning(decision, choice).site().name();
            case Verdict.Combined combined -> MERGED;
        };
    }

    private static Contender winning(Decision decision, Verdict.Choice choice) {
        return choice == Verdict.Choice.MERGED ? decision.merged() : decision.arriving();
    }

    /** What did not stay as it was, with its image: to be read by people. */
    static String losers(Decision decision) {
        ArrayNode array = MAPPER.createArrayNode();
        List<Contender> losers = switch (decision.verdict()) {
            case Verdict.Choice choice ->
                List.of(choice == Verdict.Choice.MERGED ? decision.arriving() : decision.merged());
            case Verdict.Combined combined ->
                decision.kind().isForAnotherRow()
                        ? List.of(decision.merged())
                        : List.of(decision.merged(), decision.arriving());
        };
        for (Contender loser : losers) {
            ObjectNode node = array.addObject();
            node.put("site", loser.site().name());
            node.put("position", loser.position().toString());
            node.put("at", loser.stamp().toString());
            node.set("image", imageNode(decision.table(), loser.image()));
        }
        return array.toString();
    }

    /** Both versions, without their images: these are the result and the losers. What the arriving one replaced is the base. */
    static String transactions(Decision decision) {
        ObjectNode node = MAPPER.createObjectNode();
        ObjectNode merged = version(decision.merged());
        if (decision.merged().before() != null) {
            merged.set("before", imageNode(decision.table(), decision.merged().before()));
        }
        node.set("merged", merged);
        node.set("arriving", version(decision.arriving()));
        node.put(STANDS, decision.verdict() instanceof Verdict.Choice choice ? choice.name() : MERGED);
        return node.toString();
    }

    /** The verdict of a decision as its columns have it. */
    static Verdict verdict(String transactions, @Nullable Image result) {
        String stands = MAPPER.readTree(transactions).path(STANDS).asString();
        return stands.equals(MERGED) && result != null ? new Verdict.Combined(result) : Verdict.Choice.valueOf(stands);
    }

    /** The two versions of a decision as its columns have them. */
    static List<Contender> versions(
            Table table, String transactions, Verdict verdict, String losers, @Nullable Image result) {
        JsonNode both = MAPPER.readTree(transactions);
        JsonNode lost = MAPPER.readTree(losers);
        boolean combined = verdict instanceof Verdict.Combined;
        boolean mergedWon = verdict == Verdict.Choice.MERGED;
        Image merged = mergedWon ? result : image(table, lost.path(0).path("image"));
        Image arriving = combined
                ? image(table, lost.path(1).path("image"))
                : mergedWon ? image(table, lost.path(0).path("image")) : result;
        Image replaced = image(table, both.path("merged").path("before"));
        return List.of(version(both.path("merged"), replaced, merged), version(both.path("arriving"), null, arriving));
    }

    private static ObjectNode version(Contender version) {
        ObjectNode node = MAPPER.createObjectNode();
        node.put("site", version.site().name());
        node.put("position", version.position().toString());
        node.put("at", version.stamp().toString());
        node.put("stamp", version.stamp().micros());
        node.put("transaction", version.transaction());
        node.put("vector", version.vector().toString());
        node.put("operation", version.operation().name());
        if (version.repair()) {
            node.put("repair", true);
        }
        return node;
    }

    private static Contender version(JsonNode node, @Nullable Image before, @Nullable Image image) {
        return new Contender(
                new SiteId(node.path("site").asString()),
                Position.parse(node.path("position").asString()),
                new Stamp(node.path("stamp").asLong()),
                node.path("transaction").asLong(),
                VersionVector.parse(node.path("vector").asString()),
                Operation.valueOf(node.path("operation").asString()),
                before,
                image,
                node.path("repair").asBoolean(false));
    }
}
