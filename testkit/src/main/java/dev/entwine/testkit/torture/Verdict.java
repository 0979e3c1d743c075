package dev.entwine.testkit.torture;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;

/** What the judge found, and how much he judged: a check that looked at nothing has shown nothing. Owned by one thread. */
public final class Verdict {
    /** Of each rule: what follows after so many says nothing new. */
    private static final int COMPLAINTS_MAX = 20;

    /** The five promises, taken apart. */
    public enum Rule {
        /** The tables of all sites are equal. */
        EQUAL,
        /** A site's rows are what its log leaves: otherwise the witness itself is not to be trusted. */
        WITNESSED,
        /** What a server confirmed stands in its log. */
        DURABLE,
        /** Every write is visible, overwritten by one who had seen it, or a loser in every journal. */
        ACCOUNTED,
        /** No version stands at the end that a later writer had seen. */
        NOT_TURNED_BACK,
        /** What the engine writes was written by somebody, with just these values. */
        NOT_INVENTED,
        /** All journals are the same. */
        JOURNALS_ALIKE,
        /** Every entry is about two real writes, and tells their values. */
        REAL_CONFLICT,
        /** A large value that the log left out is missing in an entry, or told as it was. */
        LARGE_VALUE_TOLD,
        /** Neither of the two had seen the other. */
        NO_FALSE_CONFLICT,
        /** Under {@code latest} the later commit has won. */
        LATER_WINS,
        /** Each site's transactions arrive once, whole, and in their order. */
        WHOLE_AND_IN_ORDER,
        /** No effect is there before its cause. */
        CAUSE_FIRST,
        /** Every difference counts once. */
        SUM,
        /** Readers saw nothing torn. */
        SEEN
    }

    private final SortedMap<Rule, List<String>> complaints = new TreeMap<>();
    private final SortedMap<Rule, Long> broken = new TreeMap<>();
    private final SortedMap<String, Long> judged = new TreeMap<>();

    void complain(Rule rule, String text) {
        if (broken.merge(rule, 1L, Long::sum) <= COMPLAINTS_MAX) {
            complaints.computeIfAbsent(rule, first -> new ArrayList<>()).add(rule + ": " + text);
        }
    }

    void require(boolean holds, Rule rule, Supplier<String> text) {
        if (!holds) {
            complain(rule, text.get());
        }
    }

    void judged(String what, long count) {
        judged.merge(what, count, Long::sum);
    }

    /** In words; the first ones of each rule. */
    public List<String> complaints() {
        return complaints.values().stream().flatMap(List::stream).toList();
    }

    /** How often each rule is broken. */
    public SortedMap<Rule, Long> broken() {
        return Collections.unmodifiableSortedMap(broken);
    }

    /** How much was looked at, by what it was. */
    public SortedMap<String, Long> judged() {
        return Collections.unmodifiableSortedMap(judged);
    }

    public long judged(String what) {
        return judged.getOrDefault(what, 0L);
    }
}
