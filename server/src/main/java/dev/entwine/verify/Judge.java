package dev.entwine.verify;

import dev.entwine.db.SiteException;
import dev.entwine.model.RowId;
import dev.entwine.model.RowKey;
import dev.entwine.model.SiteId;
import dev.entwine.verify.RowReads.Full;
import dev.entwine.verify.RowReads.Sighting;
import dev.entwine.verify.Streams.Passage;
import dev.entwine.verify.TableComparison.Difference;
import dev.entwine.verify.TableComparison.Kind;
import dev.entwine.verify.TableComparison.Open;
import dev.entwine.verify.TableComparison.Reason;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/**
 * Looks again and again at the rows of one table that were not the same, until each is equal at all sites, certainly different, or has
 * not stood still for long enough. Used once, by one thread.
 */
final class Judge {
    /** A row that stands still needs three; one that changes now and then gets some more chances. */
    private static final int ROUNDS_MAX = 10;

    /**
     * For rows that never stand still: for so long, so quickly after each other. What one site has now, another has when the streams have
     * brought it, and each site skips versions that were folded; so it takes some times the streams' delay.
     */
    private static final long GLANCES_NANOS_MAX = 10_000_000_000L;

    private static final long GLANCE_PAUSE_NANOS = 4_000_000;

    private final Search.Found found;
    private final Streams streams;
    private final ScanProgress progress;
    private final int listedMax;
    private final RowReads reads;
    private final Map<List<String>, Suspect> suspects = new LinkedHashMap<>();
    private final List<Difference> differences = new ArrayList<>();
    private final List<Open> open = new ArrayList<>();
    private long differenceCount;
    private long openCount;

    /**
     * @param sites     connections that see the rows as they are now, or in the snapshots when nothing is on its way
     * @param listedMax how many rows are named; all are counted
     */
    Judge(Search.Found found, AllSites sites, Streams streams, ScanProgress progress, int listedMax)
            throws SiteException {
        this.found = found;
        this.streams = streams;
        this.progress = progress;
        this.listedMax = listedMax;
        this.reads = new RowReads(sites, found.queries());
        found.keys().forEach(key -> suspects.put(key, new Suspect()));
    }

    TableComparison judge() throws SiteException {
        boolean moving = true;
        for (int round = 1; moving && !suspects.isEmpty() && round <= ROUNDS_MAX; round++) {
            progress.judging(suspects.size(), round);
            look();
            settle(suspects.keySet().stream()
                    .filter(key -> suspect(key).isCertain())
                    .toList());
            moving = !suspects.isEmpty() && pass();
        }
        glance();
        for (List<String> key : List.copyOf(suspects.keySet())) {
            leaveOpen(key, Reason.CHANGING, "it was different at every look, and changed in between");
        }
        countBeyond();
        boolean byText = found.queries().values().stream().anyMatch(query -> query.encoding() == Encoding.TEXT);
        return new TableComparison(found.table(), found.rows(), differenceCount, differences, openCount, open, byText);
    }

    /** Whether it is worth while to look again. */
    private boolean pass() throws SiteException {
        Set<RowId> rows = new HashSet<>();
        suspects.keySet().forEach(key -> rows.add(id(key)));
        return switch (streams.pass(rows)) {
            case Passage.Passed passed -> true;
            case Passage.Held held -> {
                List.copyOf(suspects.keySet()).forEach(key -> leaveOpen(key, Reason.HELD, held.why()));
                yield false;
            }
            case Passage.Standing standing -> {
                judgeStanding(standing);
                yield false;
            }
        };
    }

    /** Nothing moves, so what was seen at the last look is final, unless a change waits. */
    private void judgeStanding(Passage.Standing standing) throws SiteException {
        for (List<String> key : List.copyOf(suspects.keySet())) {
            if (standing.waiting().contains(id(key))) {
                leaveOpen(key, Reason.WAITING, "a change of it has not reached every site, and no engine runs");
            }
        }
        settle(List.copyOf(suspects.keySet()));
        for (List<String> key : List.copyOf(suspects.keySet())) {
            leaveOpen(key, Reason.WAITING, "it was changed while it was looked at, and no engine runs");
        }
    }

    private RowId id(List<String> key) {
        return new RowKey(found.table().id(), key).id();
    }

    private Suspect suspect(List<String> key) {
        Suspect suspect = suspects.get(key);
        if (suspect == null) {
            throw new IllegalStateException("row is not under suspicion any more");
        }
        return suspect;
    }

    /** Looks at all rows once, and lets those go that are equal now. */
    private void look() throws SiteException {
        Map<SiteId, Map<List<String>, Sighting>> sightings = reads.sightings(suspects.keySet());
        suspects.forEach((key, suspect) -> {
            Map<SiteId, Sighting> now = new LinkedHashMap<>();
            sightings.forEach((site, rows) -> now.put(site, rows.getOrDefault(key, Sighting.MISSING)));
            suspect.look(now);
        });
        suspects.values().removeIf(Suspect::isEqual);
    }

    /** Rows that never stand still: whether all sites have had the same one within a short time. */
    private void glance() throws SiteException {
        long begun = System.nanoTime();
        while (!suspects.isEmpty() && System.nanoTime() - begun < GLANCES_NANOS_MAX) {
            look();
            suspects.values().removeIf(Suspect::wasEqual);
            LockSupport.parkNanos(suspects.isEmpty() ? 0 : GLANCE_PAUSE_NANOS);
        }
    }

    /** Counts rows as different; one of those to be named only if it is still as it was seen, so that the values shown are those judged. */
    private void settle(Collection<List<String>> keys) throws SiteException {
        List<List<String>> named =
                keys.stream().limit(Math.max(0, listedMax - differences.size())).toList();
        Map<SiteId, Map<List<String>, Full>> values = named.isEmpty() ? Map.of() : reads.values(named);
        for (List<String> key : named) {
            Map<SiteId, Sighting> now = new LinkedHashMap<>();
            Map<SiteId, Optional<List<Optional<String>>>> rows = new LinkedHashMap<>();
            values.forEach((site, there) -> {
                Optional<Full> row = Optional.ofNullable(there.get(key));
                now.put(site, row.map(Full::sighting).orElse(Sighting.MISSING));
                rows.put(site, row.map(Full::values));
            });
            if (now.equals(suspect(key).last())) {
                differences.add(new Difference(kind(key), key, rows));
                count(key);
            }
        }
        keys.stream().skip(named.size()).toList().forEach(this::count);
    }

    private void count(List<String> key) {
        differenceCount++;
        suspects.remove(key);
    }

    private Kind kind(List<String> key) {
        return suspect(key).isMissingSomewhere() ? Kind.MISSING : Kind.DIFFERENT;
    }

    private void leaveOpen(List<String> key, Reason reason, String why) {
        suspects.remove(key);
        openCount++;
        if (open.size() < listedMax) {
            open.add(new Open(key, reason, why));
        }
    }

    /** Without streams these are differences like the others. */
    private void countBeyond() {
        if (streams.isEmpty()) {
            differenceCount += found.beyond();
        } else if (found.beyond() > 0) {
            openCount += found.beyond();
            open.add(new Open(
                    List.of(), Reason.TOO_MANY, "more than " + Search.KEPT_MAX + " rows differed in the snapshots"));
        }
    }
}
