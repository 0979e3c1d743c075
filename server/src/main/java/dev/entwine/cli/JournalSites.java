package dev.entwine.cli;

import dev.entwine.db.SiteException;
import dev.entwine.journal.Filter;
import dev.entwine.journal.Journal;
import dev.entwine.journal.JournalCursor;
import dev.entwine.journal.JournalEntry;
import dev.entwine.model.SiteId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The journals of all sites that can be reached, as one: an entry is there once, as the site has it that knows most of its revisions.
 * Owned by the command's thread.
 */
final class JournalSites {
    private final SiteConnections connections;
    private final List<SiteId> sites;

    private JournalSites(SiteConnections connections, List<SiteId> sites) {
        this.connections = connections;
        this.sites = List.copyOf(sites);
    }

    /** Says on {@code err} which sites cannot be reached. */
    static JournalSites of(SiteConnections connections, Terminal terminal) throws SiteException, CommandFailure {
        connections.troubles().forEach(trouble -> terminal.err().println(SiteConnections.describe(trouble)));
        return of(connections);
    }

    static JournalSites of(SiteConnections connections) throws SiteException, CommandFailure {
        List<SiteId> sites = new ArrayList<>();
        for (SiteId site : connections.reachable()) {
            if (connections.call(site, "looking for the journal", Journal::exists)) {
                sites.add(site);
            }
        }
        if (sites.isEmpty()) {
            throw new CommandFailure(
                    ExitCode.FAILED,
                    connections.reachable().isEmpty()
                            ? "no site can be reached"
                            : "no site that can be reached is initialized; run 'entwine init' first");
        }
        return new JournalSites(connections, sites);
    }

    /** In order of precedence. */
    List<SiteId> sites() {
        return sites;
    }

    Optional<JournalEntry> find(String id) throws SiteException {
        List<JournalEntry> found = new ArrayList<>();
        for (SiteId site : sites) {
            connections
                    .call(site, "reading entwine.conflict", connection -> Journal.find(connection, id))
                    .ifPresent(found::add);
        }
        return found.stream().reduce(JournalSites::knowingMore);
    }

    private static JournalEntry knowingMore(JournalEntry a, JournalEntry b) {
        return b.revisions().size() > a.revisions().size() ? b : a;
    }

    /** What is done with one entry after the other. */
    interface Reader {
        void read(JournalEntry entry) throws SiteException;
    }

    /** @param entriesMax no more than these are read */
    void read(Filter filter, boolean newestFirst, long entriesMax, Reader reader) throws SiteException {
        Comparator<JournalEntry> order = Comparator.comparing(JournalEntry::at).thenComparing(JournalEntry::id);
        Comparator<JournalEntry> wanted = newestFirst ? order.reversed() : order;
        Map<SiteId, JournalCursor> cursors = open(filter, newestFirst, entriesMax);
        Map<SiteId, JournalEntry> heads = new LinkedHashMap<>();
        for (Map.Entry<SiteId, JournalCursor> cursor : cursors.entrySet()) {
            advance(cursor.getKey(), cursor.getValue(), heads);
        }
        long left = entriesMax;
        while (left > 0 && !heads.isEmpty()) {
            JournalEntry next = take(heads.values().stream().min(wanted).orElseThrow(), cursors, heads);
            if (filter.matches(next)) {
                reader.read(next);
                left--;
            }
        }
        for (SiteId site : sites) {
            connections.call(site, "ending the reading", connection -> {
                connection.setAutoCommit(true);
                return true;
            });
        }
    }

    /** What a status leaves out is known only when the sites have been put together, so all has to be read for it. */
    private Map<SiteId, JournalCursor> open(Filter filter, boolean newestFirst, long entriesMax) throws SiteException {
        long each = filter.status().isPresent() ? Long.MAX_VALUE : entriesMax;
        return connections.each(sites, "reading entwine.conflict", connection -> {
            connection.setAutoCommit(false);
            return Journal.read(connection, filter, newestFirst, each);
        });
    }

    /** The entry as the site has it that knows most of it; all sites go on to their next. */
    private JournalEntry take(JournalEntry first, Map<SiteId, JournalCursor> cursors, Map<SiteId, JournalEntry> heads)
            throws SiteException {
        JournalEntry best = first;
        for (Map.Entry<SiteId, JournalCursor> cursor : cursors.entrySet()) {
            JournalEntry head = heads.get(cursor.getKey());
            if (head != null && head.id().equals(first.id())) {
                best = knowingMore(best, head);
                advance(cursor.getKey(), cursor.getValue(), heads);
            }
        }
        return best;
    }

    private void advance(SiteId site, JournalCursor cursor, Map<SiteId, JournalEntry> heads) throws SiteException {
        Optional<JournalEntry> next = connections.call(site, "reading entwine.conflict", connection -> cursor.next());
        if (next.isPresent()) {
            heads.put(site, next.get());
        } else {
            heads.remove(site);
        }
    }
}
