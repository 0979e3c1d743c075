package dev.entwine.cli;

import dev.entwine.merge.ConflictKind;
import dev.entwine.merge.Contender;
import dev.entwine.model.Cell;
import dev.entwine.model.Image;
import dev.entwine.model.Operation;
import dev.entwine.model.Position;
import dev.entwine.model.SiteId;
import dev.entwine.model.Stamp;
import dev.entwine.model.Table;
import dev.entwine.model.TableId;
import dev.entwine.model.VersionVector;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** One conflict of an export: a document as {@link ConflictDocument} makes it. */
record RecordedConflict(JsonNode document) {
    /** The document is not one of an export. */
    static final class NotOneException extends Exception {
        private static final long serialVersionUID = 1;

        NotOneException(String message) {
            super(message);
        }
    }

    static RecordedConflict of(JsonNode document) throws NotOneException {
        for (String field : List.of("id", "table", "key", "kind", "policy", "status", "versions", "decision")) {
            if (document.path(field).isMissingNode()) {
                throw new NotOneException("it has no field '" + field + "'");
            }
        }
        if (document.path("table").asString("").indexOf('.') < 1) {
            throw new NotOneException("its table '" + document.path("table").asString("") + "' has no schema");
        }
        return new RecordedConflict(document);
    }

    String id() {
        return document.path("id").asString("");
    }

    TableId table() {
        String name = document.path("table").asString("");
        int dot = name.indexOf('.');
        return new TableId(name.substring(0, dot), name.substring(dot + 1));
    }

    /** Whether it was decided for the sake of a constraint or of another row. */
    boolean isForAnotherRow() {
        String kind = document.path("kind").asString("");
        return Arrays.stream(ConflictKind.values())
                .anyMatch(known -> known.isForAnotherRow() && known.text().equals(kind));
    }

    /** Whether nobody wrote at the same time: a row was found to differ and made the same. */
    boolean isRepair() {
        return document.path("kind").asString("").equals("repair");
    }

    String policy() {
        return document.path("policy").asString("");
    }

    /** As the policy of then decided. */
    String winner() {
        return document.path("decision").path("winner").asString("");
    }

    JsonNode result() {
        return document.path("decision").path("result");
    }

    /** Whether the policy of then left it open; a person may have closed it since. */
    boolean wasLeftOpen() {
        return document.path("status").asString("").equals("open")
                || policy().equals("manual")
                || document.path("reason").asString("").endsWith("the later version stands meanwhile");
    }

    List<JsonNode> versions() {
        return List.copyOf(document.path("versions").values());
    }

    /** The columns that any version names. */
    Set<String> columns() {
        Set<String> columns = new HashSet<>();
        versions().forEach(version -> columns.addAll(version.path("image").propertyNames()));
        return columns;
    }

    /** The two versions, the one that stood before first. */
    List<Contender> contenders(Table table) {
        List<Contender> contenders = new ArrayList<>();
        for (JsonNode version : versions()) {
            SiteId site = new SiteId(version.path("site").asString());
            Position position = Position.parse(version.path("position").asString());
            Instant at = OffsetDateTime.parse(version.path("at").asString()).toInstant();
            contenders.add(new Contender(
                    site,
                    position,
                    new Stamp(ChronoUnit.MICROS.between(Instant.EPOCH, at)),
                    version.path("transaction").asLong(0),
                    VersionVector.of(site, position),
                    Operation.valueOf(version.path("operation").asString().toUpperCase(Locale.ROOT)),
                    image(table, version.path("before")),
                    image(table, version.path("image")),
                    false));
        }
        return contenders;
    }

    static @Nullable Image image(Table table, JsonNode node) {
        if (!node.isObject()) {
            return null;
        }
        Cell[] cells = new Cell[table.columns().size()];
        for (int i = 0; i < cells.length; i++) {
            JsonNode value = node.path(table.columns().get(i));
            cells[i] = value.isMissingNode()
                    ? Cell.Absence.UNCHANGED
                    : value.isNull() ? Cell.Absence.NULL : Cell.text(value.asString());
        }
        return Image.of(cells);
    }
}
