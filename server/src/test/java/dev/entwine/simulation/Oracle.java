package dev.entwine.simulation;

import dev.entwine.merge.ConflictKind;
import dev.entwine.merge.Contender;
import dev.entwine.merge.Decision;
import dev.entwine.merge.Verdict;
import dev.entwine.model.Image;
import dev.entwine.model.LogEntry;
import dev.entwine.model.Position;
import dev.entwine.model.RowKey;
import dev.entwine.model.SiteId;
import dev.entwine.model.Stamp;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Knows every local write and which versions of its row had really reached its site: with the rows themselves, and with the journal
 * entries that came with them. Judges the end state by that, never by version vectors.
 */
final class Oracle {
    private final Map<Integer, Image> replaced = new HashMap<>();
    private final Map<Integer, Version> versions = new TreeMap<>();
    private final Map<String, Integer> numbers = new HashMap<>();
    /** Of each local transaction, as an engine gave it. */
    private final Map<String, Stamp> stamps = new HashMap<>();

    /** Each image in the journal is that of one version: not merged column by column, nor of before what was taken back. */
    private final boolean whole;

    private int next = 1;

    Oracle(boolean whole) {
        this.whole = whole;
    }

    int reserve() {
        return next++;
    }

    void add(Version version) {
        versions.put(version.number(), version);
        numbers.put(name(version.key(), version.site(), version.position()), version.number());
    }

    /** The versions of a row that a site wrote from a position on, oldest first. */
    List<Version> chain(SiteId site, RowKey key, Position since) {
        return versions.values().stream()
                .filter(version ->
                        version.site().equals(site) && version.key().equals(key) && !since.isAfter(version.position()))
                .sorted(Comparator.comparing(Version::position))
                .toList();
    }

    /** A version is of another row now, of which its writer had seen these. */
    void rekey(Version version, RowKey key, Set<Integer> seen) {
        Set<Integer> all = new HashSet<>(version.seen());
        all.addAll(seen);
        numbers.remove(name(version.key(), version.site(), version.position()));
        add(new Version(
                version.number(), version.site(), version.position(), key, SimTable.withId(version.image(), key), all));
    }

    /** What stood in the row before a version. */
    void replaced(int version, @Nullable Image before) {
        if (before != null) {
            replaced.put(version, before);
        }
    }

    /**
     * No change stands of a transaction that has lost any of its rows, and nothing is taken back of one that has not: where one of its
     * versions is the last of its row, the row is as it was before, unless a constraint has made something else of it.
     */
    @Nullable
    String judgeWhole(Collection<SimSite> sites) {
        for (SimSite site : sites) {
            Set<String> lost = new HashSet<>();
            Set<RowKey> constrained = new HashSet<>();
            for (Decision decision : site.journal.values()) {
                if (decision.kind().isForAnotherRow() && decision.kind() != ConflictKind.TRANSACTION) {
                    constrained.add(decision.key());
                }
                if (!decision.kind().isForAnotherRow()) {
                    boolean arriving = decision.verdict() == Verdict.Choice.MERGED;
                    lost.add(transaction(arriving ? decision.arriving() : decision.merged()));
                }
            }
            for (Decision decision : site.journal.values()) {
                if (decision.kind() == ConflictKind.TRANSACTION && !lost.contains(transaction(decision.merged()))) {
                    return "the journal of " + site.site + " takes back " + transaction(decision.merged())
                            + ", which has not lost";
                }
            }
            for (Version version : versions.values()) {
                SimSite.Held held = site.held(version.key());
                if (held.version() == version.number()
                        && !constrained.contains(version.key())
                        && lost.contains(version.site() + "@" + version.position())
                        && !Objects.equals(held.image(), replaced.get(version.number()))) {
                    return "row " + version.key().values() + " at " + site.site + " is " + held.image() + ", version "
                            + version.number() + " of " + version.site() + "@" + version.position()
                            + ", which has lost; it was " + replaced.get(version.number());
                }
            }
        }
        return null;
    }

    private static String transaction(Contender version) {
        return version.site() + "@" + version.position();
    }

    void stamped(SiteId site, Position position, Stamp stamp) {
        stamps.put(site + "@" + position, stamp);
    }

    private Stamp stamp(Version version) {
        return stamps.getOrDefault(version.site() + "@" + version.position(), Stamp.NONE);
    }

    void lost(Collection<LogEntry> entries) {
        for (LogEntry entry : entries) {
            versions.values()
                    .removeIf(version -> version.site().equals(entry.site())
                            && version.position().equals(entry.position()));
        }
    }

    static String name(RowKey key, Contender contender) {
        return name(key, contender.site(), contender.position());
    }

    private static String name(RowKey key, SiteId site, Position position) {
        return key.id() + "@" + site + position;
    }

    int number(RowKey key, SiteId site, Position position) {
        Integer number = numbers.get(name(key, site, position));
        if (number == null) {
            throw new IllegalStateException("nobody wrote row " + key.values() + " at " + site + " " + position);
        }
        return number;
    }

    /** The version; or, for a row that was brought back as it is at a site, the one that looks so, or else the one that is held. */
    int numberOrBefore(RowKey key, SiteId site, Position position, @Nullable Image image, SimSite.Held held) {
        Integer named = numbers.get(name(key, site, position));
        if (named != null) {
            return named;
        }
        return versions.values().stream()
                .filter(version -> image != null && version.key().equals(key) && Objects.equals(version.image(), image))
                .map(Version::number)
                .findFirst()
                .orElse(held.version());
    }

    private boolean isOfUnwritten(Decision decision) {
        return !numbers.containsKey(name(decision.key(), decision.merged()))
                || !numbers.containsKey(name(decision.key(), decision.arriving()));
    }

    /** Whether one of the two was brought back: it is told as it was then, under the name of the transaction that needed it. */
    private static boolean isOfRestored(Decision decision, Set<String> restored) {
        return restored.contains(name(decision.key(), decision.merged()))
                || restored.contains(name(decision.key(), decision.arriving()));
    }

    /** By what rows were called that were brought back. */
    private static Set<String> restored(Collection<SimSite> sites) {
        return sites.stream()
                .flatMap(site -> site.journal.values().stream())
                .filter(decision -> decision.policy().equals("restore_parent"))
                .map(decision -> name(decision.key(), decision.arriving()))
                .collect(Collectors.toSet());
    }

    /** The last local write of a site at or before a position. */
    Position lastLocal(SiteId site, Position through) {
        Position last = Position.NONE;
        for (Version version : versions.values()) {
            if (version.site().equals(site) && !version.position().isAfter(through)) {
                last = Position.max(last, version.position());
            }
        }
        return last.value() == 1 ? Position.NONE : last;
    }

    Position lastLocal(SiteId site) {
        return lastLocal(site, new Position(-1));
    }

    /** What a site knows of a row once it holds this version of it and, beside it, these journal entries. */
    Set<Integer> knownWith(int number, Collection<Decision> decisions) {
        Set<Integer> known = new HashSet<>();
        addKnown(number, known);
        for (Decision decision : decisions) {
            addKnown(numbers.getOrDefault(name(decision.key(), decision.merged()), 0), known);
            if (decision.kind() != ConflictKind.TRANSACTION) { // which names the winner of another row
                addKnown(numbers.getOrDefault(name(decision.key(), decision.arriving()), 0), known);
            }
        }
        return known;
    }

    private void addKnown(int number, Set<Integer> known) {
        known.add(number);
        Version version = versions.get(number);
        if (version != null) {
            known.addAll(version.seen());
        }
    }

    /** The problem with a state in which everything has come to rest, or null. */
    @Nullable
    String judge(Collection<SimSite> sites) {
        Map<RowKey, Set<Version>> byKey = new HashMap<>();
        versions.values()
                .forEach(version -> byKey.computeIfAbsent(version.key(), key -> new HashSet<>())
                        .add(version));
        for (Map.Entry<RowKey, Set<Version>> row : byKey.entrySet()) {
            String problem = judge(row.getKey(), row.getValue(), sites);
            if (problem != null) {
                return problem;
            }
        }
        return judgeJournals(sites);
    }

    private @Nullable String judge(RowKey key, Set<Version> written, Collection<SimSite> sites) {
        Set<Integer> superseded = new HashSet<>();
        written.forEach(version -> superseded.addAll(version.seen()));
        for (SimSite site : sites) {
            SimSite.Held held = site.held(key);
            Version end = versions.get(held.version());
            if (end == null) {
                return "row " + key.values() + " at " + site.site + " ends with version " + held.version()
                        + ", which nobody wrote";
            }
            if (superseded.contains(end.number())) {
                return "row " + key.values() + " at " + site.site + " ends with version " + end.number()
                        + " although a later writer had seen it";
            }
            if (!Objects.equals(end.image(), held.image())) {
                return "row " + key.values() + " at " + site.site + " is " + held.image() + ", written was "
                        + end.image();
            }
            String unexplained = judgeOutcome(end, site);
            if (unexplained != null) {
                return unexplained;
            }
            Set<Integer> journaled = site.journaledVersions(numbers);
            for (Version version : written) {
                int number = version.number();
                if (number != end.number() && !superseded.contains(number) && !journaled.contains(number)) {
                    return "version " + number + " of row " + key.values()
                            + " is neither visible, nor superseded, nor in the journal of " + site.site;
                }
            }
        }
        return null;
    }

    /** Where rows are decided for the sake of others, an end that nobody wrote has an entry that says why. */
    @Nullable
    String judgeConstrained(Collection<SimSite> sites) {
        for (SimSite site : sites) {
            Set<Integer> journaled = site.journaledVersions(numbers);
            Set<RowKey> constrained = new HashSet<>();
            site.journal.values().stream()
                    .filter(decision -> decision.kind().isForAnotherRow())
                    .forEach(decision -> constrained.add(decision.key()));
            Set<Integer> superseded = new HashSet<>();
            versions.values().forEach(version -> superseded.addAll(version.seen()));
            for (Version version : versions.values()) {
                SimSite.Held held = site.held(version.key());
                boolean visible = Objects.equals(held.image(), version.image());
                int number = version.number();
                if (!visible
                        && !superseded.contains(number)
                        && !journaled.contains(number)
                        && !isLoser(version, site)) {
                    return "version " + number + " of row " + version.key().values()
                            + " is neither visible, nor superseded, nor in the journal of " + site.site;
                }
                if (!visible && number == held.version() && !constrained.contains(version.key())) {
                    return "row " + version.key().values() + " at " + site.site + " is " + held.image()
                            + ", written was " + version.image();
                }
            }
        }
        return judgeJournals(sites);
    }

    /** A row that was old when it was decided stands in the journal as the site had it that found the clash. */
    private static boolean isLoser(Version version, SimSite site) {
        return site.journal.values().stream()
                .anyMatch(decision -> decision.key().equals(version.key())
                        && Objects.equals(decision.merged().image(), version.image()));
    }

    /** What the journal calls the winner stands, or was seen by what stands; a decision that a later one contains says no more. */
    private @Nullable String judgeOutcome(Version end, SimSite site) {
        List<Decision> about = site.journal.values().stream()
                .filter(decision -> decision.key().equals(end.key()))
                .toList();
        for (Decision decision : about) {
            boolean last = about.stream()
                    .noneMatch(
                            later -> !later.equals(decision) && later.vector().covers(decision.vector()));
            Contender winner = decision.verdict() == Verdict.Choice.MERGED ? decision.merged() : decision.arriving();
            int number = number(decision.key(), winner.site(), winner.position());
            if (last && number != end.number() && !end.seen().contains(number)) {
                return "row " + end.key().values() + " at " + site.site + " ends with version " + end.number()
                        + " although its journal says that " + number + " won at " + decision.vector();
            }
        }
        return null;
    }

    /** Stamps grow along causality, whatever the clocks did; and a version keeps its stamp, whichever engine took it from the log. */
    @Nullable
    String judgeStamps(Collection<SimSite> sites) {
        Map<Integer, Stamp> stamps = new TreeMap<>();
        for (SimSite site : sites) {
            for (Decision decision : site.journal.values()) {
                for (Contender contender : List.of(decision.merged(), decision.arriving())) {
                    int number = number(decision.key(), contender.site(), contender.position());
                    Stamp known = stamps.putIfAbsent(number, contender.stamp());
                    if (known != null && !known.equals(contender.stamp())) {
                        return "version " + number + " is stamped " + known + " and " + contender.stamp();
                    }
                }
            }
        }
        for (Map.Entry<Integer, Stamp> stamp : stamps.entrySet()) {
            Version version = versions.get(stamp.getKey());
            for (int seen : version == null ? Set.<Integer>of() : version.seen()) {
                Stamp earlier = stamps.get(seen);
                if (earlier != null && earlier.compareTo(stamp.getValue()) >= 0) {
                    return "version " + stamp.getKey() + " is stamped " + stamp.getValue() + ", and " + seen
                            + ", which its writer had seen, " + earlier;
                }
            }
        }
        return null;
    }

    /** Every decision is left to a person. */
    @Nullable
    String judgeOpen(Collection<SimSite> sites) {
        for (SimSite site : sites) {
            for (Decision decision : site.journal.values()) {
                if (!decision.open()) {
                    return "the journal of " + site.site + " calls " + decision.vector() + " decided";
                }
            }
        }
        return judge(sites);
    }

    /**
     * A merged row is there when a version of it is, and gone when a delete is, that nobody who wrote later had seen; and each group of
     * columns is as one version set it, which nobody who set it later had seen;
     * of several such the latest.
     */
    @Nullable
    String judgeMerged(
            RowKey key, @Nullable Image image, Map<Integer, Set<Integer>> setBy, List<List<Integer>> groups) {
        List<Version> written = versions.values().stream()
                .filter(version -> version.key().equals(key))
                .toList();
        if (last(written).stream().noneMatch(version -> (version.image() == null) == (image == null))) {
            return "row " + key.values() + " ends as " + image + ", superseded by what was written later";
        }
        for (List<Integer> group : image == null ? List.<List<Integer>>of() : groups) {
            List<Version> setters = written.stream()
                    .filter(version -> version.image() != null)
                    .filter(version -> setBy.getOrDefault(version.number(), Set.of()).stream()
                            .anyMatch(group::contains))
                    .toList();
            Version latest = last(setters).stream()
                    .max(Comparator.comparing(this::stamp)
                            .thenComparing(Comparator.comparing(Version::site).reversed()))
                    .orElseThrow();
            if (!group.stream()
                    .allMatch(column -> Objects.requireNonNull(latest.image())
                            .cell(column)
                            .equals(Objects.requireNonNull(image).cell(column)))) {
                return "row " + key.values() + " ends as " + image + ", columns " + group
                        + " not as the latest of those that set them last, " + latest.number();
            }
        }
        return null;
    }

    /** Those that no other one's writer had seen. */
    private static List<Version> last(List<Version> among) {
        Set<Integer> seen = new HashSet<>();
        among.forEach(version -> seen.addAll(version.seen()));
        return among.stream()
                .filter(version -> !seen.contains(version.number()))
                .toList();
    }

    private static String large(@Nullable Image image) {
        return image == null ? "deleted" : image.cell(SimTable.BIG).toString();
    }

    /** The value that the log may leave out is told as it was, or not at all. */
    private static boolean tells(@Nullable Image told, Version made) {
        Image image = made.image();
        return told == null
                || image == null
                || !told.cell(SimTable.BIG).isKnown()
                || told.cell(SimTable.BIG).equals(image.cell(SimTable.BIG));
    }

    @Nullable
    String judgeJournals(Collection<SimSite> sites) {
        Set<String> ids = null;
        Map<String, String> large = new HashMap<>();
        Set<String> restored = restored(sites);
        for (SimSite site : sites) {
            if (ids != null && !ids.equals(site.journal.keySet())) {
                return "the journals of the sites differ: " + ids + " and at " + site.site + " "
                        + site.journal.keySet();
            }
            ids = site.journal.keySet();
            for (Decision decision : site.journal.values()) {
                if (decision.kind().isForAnotherRow() || isOfUnwritten(decision)) {
                    continue; // about two rows, or a version that nobody wrote
                }
                Version merged = versions.get(number(
                        decision.key(),
                        decision.merged().site(),
                        decision.merged().position()));
                Version arriving = versions.get(number(
                        decision.key(),
                        decision.arriving().site(),
                        decision.arriving().position()));
                if (merged == null || arriving == null) {
                    return "the journal of " + site.site + " names a version that was never durable";
                }
                if (merged.seen().contains(arriving.number()) || arriving.seen().contains(merged.number())) {
                    return "versions " + merged.number() + " and " + arriving.number() + " of row "
                            + decision.key().values() + " are reported as a conflict, but one had seen the other";
                }
                String here = large(decision.merged().image()) + " and "
                        + large(decision.arriving().image());
                String first = large.putIfAbsent(decision.id(), here);
                if (first != null && !first.equals(here)) {
                    return "the journal of " + site.site + " tells of " + decision.vector() + " of row "
                            + decision.key().values() + " " + here + ", another one " + first;
                }
                if (whole
                        && !isOfRestored(decision, restored)
                        && (!tells(decision.merged().image(), merged)
                                || !tells(decision.arriving().image(), arriving))) {
                    return "the journal of " + site.site + " tells of versions " + merged.number() + " and "
                            + arriving.number() + " of row " + decision.key().values() + " what they were not: "
                            + decision.merged().image() + " and "
                            + decision.arriving().image() + ", "
                            + decision.kind() + ", and not " + merged.image() + " and " + arriving.image();
                }
            }
        }
        return null;
    }
}
