package dev.entwine.model;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * A hybrid logical time in microseconds since the Unix epoch: the commit time as the site's clock had it, moved forward where
 * needed so that stamps grow along each site's log and along causality (Kulkarni et al., 2014; here one microsecond is the
 * logical tick). Stamps only choose a winner among changes that are concurrent; they never detect a conflict.
 */
public record Stamp(long micros) implements Comparable<Stamp> {
    public static final Stamp NONE = new Stamp(0);

    public Instant toInstant() {
        return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
    }

    /** The stamp of the next local commit of a site whose clock showed the given time, after everything stamped before. */
    public Stamp tick(long commitMicros) {
        return new Stamp(Math.max(micros + 1, commitMicros));
    }

    public static Stamp max(Stamp a, Stamp b) {
        return a.micros >= b.micros ? a : b;
    }

    @Override
    public int compareTo(Stamp other) {
        return Long.compare(micros, other.micros);
    }

    @Override
    public String toString() {
        return toInstant().toString();
    }
}
