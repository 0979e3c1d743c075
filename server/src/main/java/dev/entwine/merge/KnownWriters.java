package dev.entwine.merge;

import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The transactions of one site that the merger knows of: those whose commits it has taken from the log, and the engine's own. A row
 * version that one of them wrote has nothing beneath it that the merger does not know. Numbers of transactions have 32 bits, wrap
 * around and are compared as the server does it, by the sign of their difference.
 */
final class KnownWriters {
    /** Lesser numbers are not those of transactions: such a version is older than any log. */
    private static final int FIRST_NORMAL = 3;

    /** While a long transaction holds the horizon back; what is forgotten costs a fence, nothing else. */
    private static final int SINCE_HORIZON_MAX = 100_000;

    /** Numbers to look at one by one. */
    private static final int COUNTED_MAX = 10_000;

    private final Set<Integer> sinceHorizon = new HashSet<>();
    /** All transactions before it have ended, and their commits have been taken; null when nothing is known. */
    private @Nullable Integer horizon;

    void add(int transaction) {
        if (sinceHorizon.size() == SINCE_HORIZON_MAX) {
            sinceHorizon.clear();
        }
        sinceHorizon.add(transaction);
    }

    /** Commits of all transactions with lesser numbers have been taken from the log. */
    void passed(int transaction) {
        if (horizon == null || transaction - horizon > 0) {
            horizon = transaction;
            sinceHorizon.removeIf(known -> known - transaction < 0);
        }
    }

    /** After a crash of the server numbers of what was lost may be given again. */
    void forget() {
        horizon = null;
        sinceHorizon.clear();
    }

    /** Whether the commits of all transactions that had ended then are known, if they committed. */
    boolean knowsAll(TransactionSnapshot ended) {
        if (horizon == null || ended.next() - horizon > COUNTED_MAX) {
            return false;
        }
        for (int number = horizon; number - ended.next() < 0; number++) {
            if (!sinceHorizon.contains(number) && !ended.running().contains(number) && isNormal(number)) {
                return false;
            }
        }
        return true;
    }

    boolean knows(Set<Integer> writers) {
        for (int writer : writers) {
            if (!knows(writer)) {
                return false;
            }
        }
        return true;
    }

    private boolean knows(int writer) {
        return sinceHorizon.contains(writer) || (horizon != null && (writer - horizon < 0 || !isNormal(writer)));
    }

    private static boolean isNormal(int number) {
        return Integer.compareUnsigned(number, FIRST_NORMAL) >= 0;
    }
}
