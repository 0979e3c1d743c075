package dev.entwine.bench;

/**
 * Something that is measured.
 *
 * @param workload  its name
 * @param name      of the measure, such as {@code drain} or {@code lag p99}
 * @param unit      such as {@code changes/s}
 * @param headline  whether it is what the workload is about; the others tell what that took
 */
record Measure(String workload, String name, String unit, boolean headline) {
    /** How fast the physical limit would be: a subject beside {@link Rival#label}. */
    static final String LIMIT = "limit";

    /** Neither of the two at work: a subject beside {@link Rival#label}. */
    static final String NOTHING = "nothing";
}
