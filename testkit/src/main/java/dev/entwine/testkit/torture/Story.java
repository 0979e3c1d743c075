package dev.entwine.testkit.torture;

import dev.entwine.testkit.witness.Commit;
import dev.entwine.testkit.witness.Effect;
import dev.entwine.testkit.witness.Image;
import dev.entwine.testkit.witness.RowId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The reference model: from the logs alone, who wrote what, and on top of what. A version is known by its row and tag, so what a
 * write has seen is the tag that stood in the row at its site when it came. A delete leaves no tag: that it was seen is known where
 * it was made, and elsewhere taken for granted for whoever inserts the row later.
 */
final class Story {
    /** Of a version anywhere. */
    private record Version(RowId row, String tag) {}

    /** Of a write by the transaction that made it. */
    private record Made(String site, long xid, RowId row) {}

    private final Observations observations;
    private final List<UserWrite> writes = new ArrayList<>();
    private final Map<Version, UserWrite> byVersion = new HashMap<>();
    private final Map<Made, UserWrite> byTransaction = new HashMap<>();
    private final Map<RowId, Set<String>> writersOf = new HashMap<>();
    private final Map<RowId, Set<String>> insertersOf = new HashMap<>();
    private final Set<RowId> deleted = new HashSet<>();
    private final Set<UserWrite> losers = new HashSet<>();
    private final Set<RowId> constrained = new HashSet<>();

    private Story(Observations observations) {
        this.observations = observations;
    }

    static Story of(Observations observations) {
        Story story = new Story(observations);
        story.gather();
        observations.sites().forEach(story::link);
        story.deepen();
        observations.sites().forEach(story::lose);
        return story;
    }

    private void gather() {
        for (String site : observations.sites()) {
            for (Commit commit : observations.log(site)) {
                if (commit.byUser()) {
                    commit.effects().forEach(effect -> gather(new UserWrite(commit, effect)));
                }
            }
        }
    }

    private void gather(UserWrite write) {
        writes.add(write);
        byTransaction.put(new Made(write.commit.site(), write.commit.xid(), write.row()), write);
        writersOf.computeIfAbsent(write.row(), row -> new HashSet<>()).add(write.commit.site());
        write.effect
                .after()
                .ifPresentOrElse(
                        image -> byVersion.put(new Version(write.row(), image.tag()), write),
                        () -> deleted.add(write.row()));
        if (write.effect.before().isEmpty()) {
            insertersOf.computeIfAbsent(write.row(), row -> new HashSet<>()).add(write.commit.site());
        }
    }

    /** Follows the deletes of one site: whoever inserts there on top of one has seen it. */
    private void link(String site) {
        Map<RowId, UserWrite> gone = new HashMap<>();
        for (Commit commit : observations.log(site)) {
            for (Effect effect : commit.effects()) {
                UserWrite before = gone.remove(effect.row());
                UserWrite write = commit.byUser() ? madeBy(site, commit.xid(), effect.row()) : null;
                if (write == null) {
                    continue;
                }
                UserWrite seen = effect.before()
                        .map(image -> version(effect.row(), image.tag()))
                        .orElse(before);
                if (seen != null && seen != write) {
                    write.seen = seen;
                    seen.overwritten = true;
                }
                if (effect.isDelete()) {
                    gone.put(effect.row(), write);
                }
            }
        }
    }

    /** Depths are known from the oldest on, and the logs of several sites refer to one another. */
    private void deepen() {
        Set<UserWrite> done = new HashSet<>();
        for (UserWrite write : writes) {
            List<UserWrite> path = new ArrayList<>();
            Set<UserWrite> open = new HashSet<>();
            for (UserWrite at = write; at != null && !done.contains(at); at = at.seen) {
                if (!open.add(at)) {
                    throw new IllegalStateException("two writes have seen each other: " + path);
                }
                path.add(at);
            }
            for (UserWrite at : path.reversed()) {
                at.depth = at.seen == null ? 0 : at.seen.depth + 1;
                done.add(at);
            }
        }
    }

    private void lose(String site) {
        for (Entry entry : observations.journal(site)) {
            losersOf(entry).forEach(losers::add);
            if (!entry.isOfVersions()) {
                constrained.add(entry.row());
            }
        }
    }

    Observations observations() {
        return observations;
    }

    /** In the order of each site's commits. */
    List<UserWrite> writes() {
        return writes;
    }

    /** Who made the version; null for one that stood there at the beginning, or that nobody made. */
    @Nullable
    UserWrite version(RowId row, String tag) {
        return byVersion.get(new Version(row, tag));
    }

    @Nullable
    UserWrite madeBy(String site, long xid, RowId row) {
        return byTransaction.get(new Made(site, xid, row));
    }

    /** The write that an entry speaks of; empty where there is none. A parent that came back may be told by its key alone. */
    Optional<UserWrite> of(Entry entry, Entry.Party party) {
        Optional<String> tag = party.image().flatMap(Image::knownTag);
        return Optional.ofNullable(
                tag.isPresent() ? version(entry.row(), tag.get()) : madeBy(party.site(), party.xid(), entry.row()));
    }

    /** Those losers of an entry that are real. */
    Collection<UserWrite> losersOf(Entry entry) {
        return entry.losers().stream()
                .flatMap(party -> of(entry, party).stream())
                .toList();
    }

    /** Lost according to some journal. */
    boolean hasLost(UserWrite write) {
        return losers.contains(write);
    }

    /** Whether rows of other keys, or of other tables, may have had a say in what became of the row. */
    boolean isConstrained(RowId row) {
        return Tables.CONSTRAINED.contains(row.table()) || constrained.contains(row);
    }

    boolean isDeletedBySomebody(RowId row) {
        return deleted.contains(row);
    }

    /** Somebody at another site has made the row anew where it was not. */
    boolean isInsertedElsewhere(RowId row, String site) {
        return insertersOf.getOrDefault(row, Set.of()).stream().anyMatch(inserter -> !inserter.equals(site));
    }

    /** The only site whose applications have written the row, if it is never deleted and no other row has a say in it. */
    Optional<String> ownerOf(RowId row) {
        Set<String> sites = writersOf.getOrDefault(row, Set.of());
        return sites.size() != 1 || isConstrained(row) || deleted.contains(row)
                ? Optional.empty()
                : Optional.of(sites.iterator().next());
    }

    /** As the first site has it at the end. */
    Optional<Image> atTheEnd(RowId row) {
        return Optional.ofNullable(
                observations.rows(observations.sites().getFirst()).get(row));
    }
}
