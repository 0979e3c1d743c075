package dev.entwine.cli;

import dev.entwine.journal.JournalEntry;
import dev.entwine.journal.RowAtSite;
import dev.entwine.model.SiteId;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** Writes a row's story for people. */
final class StoryPrinter {
    private final Terminal terminal;

    StoryPrinter(Terminal terminal) {
        this.terminal = terminal;
    }

    void print(RowStory story) {
        String same = story.isSame()
                ? terminal.green(story.sites().values().iterator().next().there() ? "the same" : "not there") + " at "
                        + story.sites().keySet()
                : terminal.yellow("different") + " at " + story.sites().keySet();
        terminal.out().println(story.table() + " " + ConflictPrinter.key(story.key()) + ": " + same);
        terminal.out().println();
        writers(story);
        terminal.out().println();
        values(story);
        ids(story);
        conflicts(story.conflicts());
        waits(story.waits());
    }

    private void writers(RowStory story) {
        TextTable table = new TextTable("SITE", "ROW", "LAST WRITTEN BY", ">TRANSACTION", "COMMITTED");
        for (Map.Entry<SiteId, RowAtSite> site : story.sites().entrySet()) {
            RowAtSite row = site.getValue();
            table.row(
                    site.getKey().name(),
                    row.there() ? "there" : "not there",
                    row.there() ? author(story, site.getKey(), row) : "",
                    row.writer(),
                    row.written().map(Json::time).orElse(row.there() ? "(the server keeps no commit times)" : ""));
        }
        table.print(terminal);
    }

    private static String author(RowStory story, SiteId site, RowAtSite row) {
        JsonNode revision = story.revision(site, row);
        if (revision != null) {
            return "'conflicts " + revision.path("command").asString("") + "', "
                    + revision.path("by").asString("");
        }
        return story.author(site, row).equals("application") ? "a transaction of this site" : "(not known)";
    }

    private void values(RowStory story) {
        if (story.columns().isEmpty()) {
            return;
        }
        List<String> headings = new ArrayList<>(List.of("", "COLUMN"));
        story.sites().keySet().forEach(site -> headings.add(site.name()));
        TextTable table = new TextTable(headings.toArray(String[]::new));
        for (String column : story.columns()) {
            List<String> cells = new ArrayList<>();
            for (RowAtSite row : story.sites().values()) {
                cells.add(ConflictPrinter.cell(row.there() ? cells(row) : Json.parse("null"), column));
            }
            Set<String> distinct = new LinkedHashSet<>(cells);
            List<String> line = new ArrayList<>(List.of(distinct.size() > 1 ? "*" : "", column));
            line.addAll(cells);
            table.row(line.toArray(String[]::new));
        }
        table.print(terminal);
        terminal.out().println();
    }

    private void ids(RowStory story) {
        story.sites().forEach((site, row) -> {
            for (RowAtSite.IdChange change : row.ids()) {
                String why = change.reason().equals("same_id")
                        ? "another site had given this id to something else"
                        : "another site had given this id to the same thing";
                terminal.out()
                        .println("at " + site + " a row got the id " + change.to() + " instead of " + change.from()
                                + " at " + Json.time(change.at()) + ": " + why);
            }
        });
    }

    private static JsonNode cells(RowAtSite row) {
        var cells = Json.object();
        row.cells().forEach(cells::put);
        return cells;
    }

    private void conflicts(List<JournalEntry> entries) {
        if (entries.isEmpty()) {
            terminal.out().println("it was never in conflict, as far as the journals go back");
            return;
        }
        terminal.out()
                .println(
                        entries.size() == 1
                                ? "one conflict:"
                                : entries.size() + " conflicts, each after those that it knew of:");
        new ConflictPrinter(terminal).story(entries);
    }

    private void waits(List<RowStory.Wait> waits) {
        terminal.out().println();
        if (waits.isEmpty()) {
            terminal.out().println("it waits for nothing");
            return;
        }
        terminal.out().println(terminal.yellow("it waits for") + ":");
        for (RowStory.Wait wait : waits) {
            terminal.out().println("  " + (wait.site().isEmpty() ? "" : "site " + wait.site() + ": ") + wait.what());
            terminal.out().println("    next: " + wait.next());
        }
    }
}
