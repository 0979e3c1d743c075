package dev.entwine.testkit.witness;

import java.util.List;

/**
 * One transaction of a site's log that changed rows.
 *
 * @param place        in the site's order of commits, from 0
 * @param micros       the commit time by the site's clock, since 1970
 * @param latestMicros the latest commit time of it and of all that precede it in the log, with those that changed no row of interest
 * @param byUser       made by an application; otherwise by what keeps the sites in step
 * @param effects      one for each row
 */
public record Commit(
        String site, int place, long xid, long micros, long latestMicros, boolean byUser, List<Effect> effects) {
    public Commit {
        effects = List.copyOf(effects);
    }

    public Commit with(List<Effect> others) {
        return new Commit(site, place, xid, micros, latestMicros, byUser, others);
    }

    public Commit at(int other) {
        return new Commit(site, other, xid, micros, latestMicros, byUser, effects);
    }

    @Override
    public String toString() {
        return (byUser ? "transaction " : "engine's transaction ") + xid + " at " + site;
    }
}
