package dev.entwine.cli;

import dev.entwine.config.Configuration;
import dev.entwine.db.Bookkeeping;
import dev.entwine.db.SiteException;
import dev.entwine.journal.Journal;
import dev.entwine.journal.Order;
import dev.entwine.journal.Outcome;
import dev.entwine.journal.Reviser;
import dev.entwine.model.Revision;
import dev.entwine.model.SiteId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Carries out {@code keep} and {@code undo}, at the first site whose journal has all of the selection. */
final class ReviseConflicts {
    private final Terminal terminal;
    private final Configuration configuration;
    private final SiteConnections connections;
    private final JournalSites journals;
    private final boolean json;

    ReviseConflicts(
            Terminal terminal,
            Configuration configuration,
            SiteConnections connections,
            JournalSites journals,
            boolean json) {
        this.terminal = terminal;
        this.configuration = configuration;
        this.connections = connections;
        this.journals = journals;
        this.json = json;
    }

    /**
     * What became of a selection.
     *
     * @param at where it was tried
     */
    record Revised(SiteId at, List<Outcome> outcomes) {
        boolean isRefused() {
            return outcomes.stream().anyMatch(Outcome.Refused.class::isInstance);
        }

        ArrayNode document() {
            ArrayNode document = Json.array();
            outcomes.forEach(outcome -> document.add(ReviseConflicts.document(outcome, at, isRefused())));
            return document;
        }
    }

    /** Who gives an order, depending on where it is carried out. */
    interface By {
        String at(SiteId site);
    }

    Revised revise(Revision.Kind kind, Optional<SiteId> site, boolean asIs, List<String> ids, By by)
            throws SiteException, CommandFailure {
        SiteId at = place(ids);
        return revise(at, new Order(kind, site, asIs, Optional.empty(), by.at(at)), ids);
    }

    /** Writes a row as somebody wants it, and closes its conflict. */
    Revised edit(String id, ObjectNode values, By by) throws SiteException, CommandFailure {
        SiteId at = place(List.of(id));
        Order order = new Order(Revision.Kind.KEEP, Optional.empty(), false, Optional.of(values), by.at(at));
        return revise(at, order, List.of(id));
    }

    private Revised revise(SiteId at, Order order, List<String> ids) throws SiteException {
        return new Revised(
                at,
                connections.call(
                        at, "revising the journal", connection -> new Reviser(connection, at, order).revise(ids)));
    }

    int run(Revision.Kind kind, Optional<SiteId> site, boolean asIs, List<String> ids)
            throws SiteException, CommandFailure {
        Revised revised = revise(kind, site, asIs, ids, at -> Author.at(configuration, at));
        SiteId at = revised.at();
        List<Outcome> outcomes = revised.outcomes();
        boolean refused = revised.isRefused();
        outcomes.forEach(outcome -> print(outcome, at, refused));
        if (!refused) {
            return ExitCode.FINE;
        }
        if (ids.size() > 1) {
            terminal.err().println("nothing was done for any of the " + ids.size() + ", because of what was refused");
        }
        return outcomes.stream()
                        .anyMatch(outcome ->
                                outcome instanceof Outcome.Refused refusal && refusal.kind() == Outcome.Kind.WRONG)
                ? ExitCode.USAGE
                : ExitCode.FOUND;
    }

    /** In order of precedence: a change made there has the best prospects should somebody change the row at the same time. */
    private SiteId place(List<String> ids) throws SiteException, CommandFailure {
        List<String> nowhere = new ArrayList<>(ids);
        List<SiteId> ready = new ArrayList<>();
        for (SiteId site : journals.sites()) {
            connections.call(site, "reading entwine.meta", Bookkeeping::meta).ifPresent(meta -> {
                if (meta.schemaVersion() == Bookkeeping.SCHEMA_VERSION) {
                    ready.add(site);
                }
            });
        }
        if (ready.isEmpty()) {
            throw new CommandFailure(
                    ExitCode.FAILED,
                    "the journal of " + journals.sites()
                            + " was made by another version of this program; use that one");
        }
        for (SiteId site : ready) {
            List<String> here = new ArrayList<>();
            for (String id : ids) {
                if (connections
                        .call(site, "reading entwine.conflict", connection -> Journal.find(connection, id))
                        .isPresent()) {
                    here.add(id);
                }
            }
            if (here.size() == ids.size()) {
                return site;
            }
            nowhere.removeAll(here);
        }
        throw new CommandFailure(
                ExitCode.FAILED,
                nowhere.isEmpty()
                        ? "no site that can be reached has all of these conflicts in its journal yet; wait until the"
                                + " engine has carried them on, or name them one by one"
                        : "no conflict '" + String.join("', '", nowhere) + "' in the journal of " + journals.sites()
                                + "; 'list' shows the ids");
    }

    private void print(Outcome outcome, SiteId at, boolean refused) {
        if (json) {
            Json.print(terminal, document(outcome, at, refused));
            return;
        }
        switch (outcome) {
            case Outcome.Done done -> {
                String row = done.table() + " " + ConflictPrinter.key(done.key());
                if (refused) {
                    terminal.out().println("not done  " + done.id() + "  " + row);
                } else {
                    String version = done.stands().isEmpty() ? "" : "the version of " + done.stands() + " stands: ";
                    terminal.out()
                            .println(terminal.green(done.status()) + "  " + done.id() + "  " + row + ": " + version
                                    + done.what() + " (at site " + at + ")");
                }
            }
            case Outcome.Refused no -> {
                terminal.out().println(terminal.yellow("refused") + "  " + no.id() + ": " + no.why());
                terminal.out().println("    next: " + no.next());
            }
        }
    }

    private static ObjectNode document(Outcome outcome, SiteId at, boolean refused) {
        ObjectNode document = Json.object();
        document.put("id", outcome.id());
        switch (outcome) {
            case Outcome.Done done -> {
                document.put("done", !refused);
                document.put("table", done.table().toString());
                document.set("key", done.key());
                document.put("status", refused ? null : done.status());
                document.put("stands", done.stands().isEmpty() ? null : done.stands());
                document.put("site", at.name());
                document.put("what", done.what());
            }
            case Outcome.Refused no -> {
                document.put("done", false);
                document.put("why", no.why());
                document.put("next", no.next());
            }
        }
        return document;
    }
}
