package dev.entwine.merge;

/** Decides between the merged row and a change that is concurrent with it. Must be a function of its two arguments alone. */
public interface Policy {
    /** As it is written in the configuration and in the journal. */
    String name();

    Verdict decide(Contender merged, Contender arriving);
}
