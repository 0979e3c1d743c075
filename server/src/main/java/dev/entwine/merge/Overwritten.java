package dev.entwine.merge;

import java.util.Set;

/**
 * What stood where a batch has written its rows.
 *
 * @param writers the target's own numbers, as its row versions carry them (32 bits), of the transactions that wrote the versions that
 *                were overwritten; without the batch's own transaction
 * @param blind   whether this says nothing of some row: because there was no version of it, or because its writer cannot be told
 */
public record Overwritten(Set<Integer> writers, boolean blind) {
    /** Nothing can be told. */
    public static final Overwritten UNKNOWN = new Overwritten(Set.of(), true);

    public Overwritten {
        writers = Set.copyOf(writers);
    }
}
