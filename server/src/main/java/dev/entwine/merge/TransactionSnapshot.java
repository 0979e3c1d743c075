package dev.entwine.merge;

import java.util.HashSet;
import java.util.Set;

/**
 * Which transactions of a site had ended at some moment: all with numbers before {@code next} that are not among the running ones.
 * Numbers have 32 bits and wrap around.
 */
public record TransactionSnapshot(int next, Set<Integer> running) {
    public TransactionSnapshot {
        running = Set.copyOf(running);
    }

    /** Parses the server's {@code pg_snapshot}: {@code least:next:running,...} with numbers of 64 bits. */
    public static TransactionSnapshot parse(String text) {
        String[] parts = text.split(":", -1);
        if (parts.length != 3) {
            throw new IllegalArgumentException("not a snapshot of transactions: " + text);
        }
        Set<Integer> running = new HashSet<>();
        for (String number : parts[2].split(",", -1)) {
            if (!number.isEmpty()) {
                running.add((int) Long.parseLong(number));
            }
        }
        return new TransactionSnapshot((int) Long.parseLong(parts[1]), running);
    }

    /** The same, but for a transaction that runs and that the server, as it is the one that asks, has not named. */
    public TransactionSnapshot whileRunning(int transaction) {
        Set<Integer> all = new HashSet<>(running);
        all.add(transaction);
        return new TransactionSnapshot(next, all);
    }

    /** Every transaction with a lesser number had ended. */
    int horizon() {
        int least = next;
        for (int number : running) {
            least = number - least < 0 ? number : least;
        }
        return least;
    }
}
