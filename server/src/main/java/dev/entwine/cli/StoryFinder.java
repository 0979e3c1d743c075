package dev.entwine.cli;

import dev.entwine.db.Bookkeeping;
import dev.entwine.db.SiteException;
import dev.entwine.journal.RowAtSite;
import dev.entwine.model.SiteId;
import dev.entwine.model.TableId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import tools.jackson.databind.node.ObjectNode;

/** Finds a row by what people write of it. */
record StoryFinder(SiteConnections connections, List<SiteId> sites) {
    StoryFinder {
        sites = List.copyOf(sites);
    }

    /**
     * Its story.
     *
     * @param table schema.name, or the name alone
     * @param key   {@code column=value,...}, or the value alone of a key of one column
     */
    RowStory find(String table, String key) throws SiteException, CommandFailure {
        TableId id = synchronizedTable(table);
        List<String> columns = connections.call(
                sites.getFirst(), "reading the key", connection -> RowAtSite.keyColumns(connection, id));
        ObjectNode wanted = key(key, id, columns);
        Map<SiteId, RowAtSite> rows = new LinkedHashMap<>();
        for (SiteId site : sites) {
            rows.put(site, read(site, id, wanted));
        }
        if (rows.values().stream().noneMatch(RowAtSite::isKnown)) {
            throw new CommandFailure(
                    ExitCode.USAGE,
                    "table " + id + " has no row with " + ConflictPrinter.key(wanted) + " at " + sites
                            + ", and no journal there knows of one");
        }
        return new RowStory(id, wanted, rows);
    }

    private RowAtSite read(SiteId site, TableId id, ObjectNode wanted) throws SiteException, CommandFailure {
        try {
            return connections.call(site, "reading the row", connection -> RowAtSite.read(connection, id, wanted));
        } catch (SiteException e) {
            if (e.getCause() instanceof java.sql.SQLException cause
                    && String.valueOf(cause.getSQLState()).startsWith("22")) {
                String said =
                        String.valueOf(cause.getMessage()).lines().findFirst().orElse("");
                throw new CommandFailure(
                        ExitCode.USAGE,
                        "the key " + ConflictPrinter.key(wanted) + " does not fit table " + id + ": " + said);
            }
            throw e;
        }
    }

    private TableId synchronizedTable(String table) throws SiteException, CommandFailure {
        TreeSet<TableId> published = new TreeSet<>();
        for (SiteId site : sites) {
            published.addAll(connections.call(site, "reading the publication", Bookkeeping::published));
        }
        List<TableId> found = published.stream()
                .filter(id -> id.toString().equals(table) || id.name().equals(table))
                .toList();
        if (found.size() == 1) {
            return found.getFirst();
        }
        throw new CommandFailure(
                ExitCode.USAGE,
                found.isEmpty()
                        ? "table '" + table + "' is not synchronized; these are: " + joined(published)
                        : "there are several tables named '" + table + "': " + joined(found) + "; name the schema");
    }

    private static String joined(Iterable<TableId> tables) {
        List<String> names = new ArrayList<>();
        tables.forEach(id -> names.add(id.toString()));
        return String.join(", ", names);
    }

    /** {@code column=value,...}; a value may hold commas, as long as no name of a key's column and {@code =} follow. */
    private static ObjectNode key(String key, TableId id, List<String> columns) throws CommandFailure {
        ObjectNode result = Json.object();
        if (columns.size() == 1 && !key.startsWith(columns.getFirst() + "=")) {
            return result.put(columns.getFirst(), key);
        }
        String names = columns.stream().map(Pattern::quote).collect(Collectors.joining("|"));
        for (String part : key.split(",(?=(?:" + names + ")=)", -1)) {
            int equals = part.indexOf('=');
            String column = equals < 0 ? "" : part.substring(0, equals);
            if (!columns.contains(column) || result.has(column)) {
                throw wrongKey(key, id, columns);
            }
            result.put(column, part.substring(equals + 1));
        }
        if (result.size() != columns.size()) {
            throw wrongKey(key, id, columns);
        }
        return result;
    }

    private static CommandFailure wrongKey(String key, TableId id, List<String> columns) {
        String form = Arrays.stream(columns.toArray(String[]::new))
                .map(column -> column + "=VALUE")
                .collect(Collectors.joining(","));
        return new CommandFailure(
                ExitCode.USAGE, "'" + key + "' is not a key of table " + id + "; write it as " + form);
    }
}
