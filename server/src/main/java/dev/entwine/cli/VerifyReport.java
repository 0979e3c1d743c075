package dev.entwine.cli;

import dev.entwine.db.SiteException;
import dev.entwine.journal.RowAtSite;
import dev.entwine.model.SiteId;
import dev.entwine.model.Table;
import dev.entwine.model.TableId;
import dev.entwine.verify.TableComparison;
import dev.entwine.verify.TableComparison.Difference;
import dev.entwine.verify.TableComparison.Kind;
import dev.entwine.verify.TableComparison.Open;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What was found, with what the sites know of the rows that differ: who wrote them last, and what explains the difference. */
final class VerifyReport {
    private final List<SiteId> sites;
    private final List<TableComparison> comparisons;
    private final Map<Difference, RowStory> stories = new LinkedHashMap<>();
    /** By table: where a TRUNCATE of another site is parked. */
    private final Map<TableId, List<SiteId>> truncated = new LinkedHashMap<>();

    private VerifyReport(List<SiteId> sites, List<TableComparison> comparisons) {
        this.sites = sites;
        this.comparisons = comparisons;
    }

    static VerifyReport of(SiteConnections connections, List<TableComparison> comparisons) throws SiteException {
        VerifyReport report = new VerifyReport(connections.reachable(), comparisons);
        for (TableComparison comparison : comparisons) {
            if (comparison.differenceCount() > 0) {
                report.readTruncations(connections, comparison.table().id());
            }
            for (Difference difference : comparison.differences()) {
                report.stories.put(difference, RowStory.read(connections, comparison.table(), difference.key()));
            }
        }
        return report;
    }

    private void readTruncations(SiteConnections connections, TableId table) throws SiteException {
        String sql = "SELECT EXISTS (SELECT FROM entwine.parked WHERE operation = 'truncate' AND table_schema = ?"
                + " AND table_name = ?)";
        for (SiteId site : sites) {
            boolean parked = connections.call(site, "reading entwine.parked", connection -> {
                try (PreparedStatement statement = connection.prepareStatement(sql)) {
                    statement.setString(1, table.schema());
                    statement.setString(2, table.name());
                    try (ResultSet row = statement.executeQuery()) {
                        return row.next() && row.getBoolean(1);
                    }
                }
            });
            if (parked) {
                truncated.computeIfAbsent(table, key -> new ArrayList<>()).add(site);
            }
        }
    }

    boolean isEqual() {
        return comparisons.stream().allMatch(TableComparison::equal);
    }

    long differences() {
        return comparisons.stream().mapToLong(TableComparison::differenceCount).sum();
    }

    long open() {
        return comparisons.stream().mapToLong(TableComparison::openCount).sum();
    }

    List<TableComparison> comparisons() {
        return comparisons;
    }

    private RowStory story(Difference difference) {
        RowStory story = stories.get(difference);
        if (story == null) {
            throw new IllegalStateException("a difference that was not found here");
        }
        return story;
    }

    /** One word for machines; empty when nothing that is known explains the difference. */
    private Optional<String> why(RowStory story, Difference difference) {
        if (story.sites().values().stream().anyMatch(row -> !row.parked().isEmpty())) {
            return Optional.of("parked");
        }
        if (story.conflicts().stream().anyMatch(entry -> entry.isOpen())) {
            return Optional.of("conflict");
        }
        return difference.kind() == Kind.MISSING && truncated.containsKey(story.table())
                ? Optional.of("truncated")
                : Optional.empty();
    }

    /** For people: who wrote the row last at each site, and what explains the difference. */
    List<String> notes(Table table, Difference difference) {
        RowStory story = story(difference);
        List<String> notes = new ArrayList<>();
        story.sites().forEach((site, row) -> {
            if (row.there()) {
                notes.add("last written at " + site + " by transaction " + row.writer() + " of "
                        + author(story.author(site, row))
                        + row.written()
                                .map(at -> ", committed " + Json.time(at))
                                .orElse(""));
            }
            for (RowAtSite.Parked parked : row.parked()) {
                notes.add("parked at " + site + ": " + parked.operation() + " of " + parked.source() + " at "
                        + parked.position() + ", "
                        + parked.error().lines().findFirst().orElse(""));
            }
        });
        story.conflicts().stream()
                .filter(entry -> entry.isOpen())
                .forEach(entry -> notes.add("open conflict " + entry.id() + " (" + entry.kind() + ")"));
        if (difference.kind() == Kind.MISSING) {
            truncated
                    .getOrDefault(table.id(), List.of())
                    .forEach(site -> notes.add(
                            "a TRUNCATE of the table is parked at " + site + ": it took effect at its own site alone"));
        }
        return notes;
    }

    private static String author(String by) {
        return by.equals("application") ? "an application" : "an unknown author";
    }

    ObjectNode document() {
        ObjectNode document = Json.object();
        document.put("equal", isEqual());
        ArrayNode tables = document.putArray("tables");
        for (TableComparison comparison : comparisons) {
            ObjectNode table = tables.addObject();
            table.put("table", comparison.table().toString());
            ObjectNode rows = table.putObject("rows");
            sites.forEach(site -> rows.put(site.name(), comparison.rows().getOrDefault(site, 0L)));
            table.put("equal", comparison.equal());
            ArrayNode differences = table.putArray("differences");
            comparison.differences().forEach(each -> differences.add(document(comparison.table(), each)));
            table.put("difference_count", comparison.differenceCount());
            ArrayNode open = table.putArray("not_judged");
            comparison.open().forEach(each -> open.add(document(comparison.table(), each)));
            table.put("not_judged_count", comparison.openCount());
            table.put("compared", comparison.byText() ? "text" : "native");
        }
        return document;
    }

    private static ObjectNode document(Table table, Open open) {
        ObjectNode node = Json.object();
        node.set("key", Json.key(table, open.key()));
        node.put("reason", open.reason().name().toLowerCase(Locale.ROOT));
        return node.put("why", open.why());
    }

    private ObjectNode document(Table table, Difference difference) {
        RowStory story = story(difference);
        ObjectNode node = Json.object();
        node.set("key", Json.key(table, difference.key()));
        node.put("kind", difference.kind().name().toLowerCase(Locale.ROOT));
        ObjectNode rows = node.putObject("sites");
        difference
                .sites()
                .forEach((site, row) -> row.ifPresentOrElse(
                        values -> rows.set(site.name(), row(table, values)), () -> rows.putNull(site.name())));
        ArrayNode columns = node.putArray("columns");
        difference.columns().forEach(column -> columns.add(table.columns().get(column)));
        ObjectNode writers = node.putObject("writers");
        story.sites().forEach((site, row) -> {
            if (row.there()) {
                ObjectNode writer = writers.putObject(site.name());
                writer.put("transaction", row.writer());
                writer.put("by", story.author(site, row));
                writer.put("committed", row.written().map(Json::time).orElse(null));
            } else {
                writers.putNull(site.name());
            }
        });
        node.put("why", why(story, difference).orElse(null));
        return node;
    }

    private static ObjectNode row(Table table, List<Optional<String>> values) {
        ObjectNode row = Json.object();
        for (int i = 0; i < values.size(); i++) {
            row.put(table.columns().get(i), values.get(i).orElse(null));
        }
        return row;
    }
}
