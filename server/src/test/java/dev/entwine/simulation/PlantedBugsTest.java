package dev.entwine.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Proves that the simulation finds what it is there to find: each bug is planted in a copy of the sources, and the same runs that an
 * unchanged copy passes must tell of a problem.
 */
@Timeout(value = 120, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class PlantedBugsTest {
    private static final int RUNS_MAX = 4000;
    private static final int REKEYING_RUNS_MAX = 800;
    private static final int WHOLE_RUNS_MAX = 1200;
    private static final List<String> MODES =
            List.of("latest", "custom", "delta", "earliest", "precedence", "merge", "counted", "manual");

    private static final List<String> CONSTRAINED =
            List.of("unique", "unique_null", "parent", "child", "cut", "unique_parent");

    private static final List<String> REKEYING = List.of("rekey", "natural");
    private static final List<String> WHOLE = List.of("whole", "whole_unique", "whole_parent");

    @TempDir
    static Path folder;

    @BeforeAll
    static void compile() throws Exception {
        SimulationCopy.faithful(faithful()).close();
    }

    private static Path faithful() throws Exception {
        return Files.createDirectories(folder.resolve("faithful"));
    }

    static List<PlantedBug> bugs() {
        return PlantedBugs.all();
    }

    @Test
    void an_unchanged_copy_passes_every_run() throws Exception {
        requireNoProblem(MODES, RUNS_MAX);
    }

    @Test
    void an_unchanged_copy_passes_every_run_with_constraints() throws Exception {
        requireNoProblem(CONSTRAINED, RUNS_MAX);
    }

    @Test
    void an_unchanged_copy_passes_every_run_with_other_ids() throws Exception {
        requireNoProblem(REKEYING, REKEYING_RUNS_MAX);
    }

    @Test
    void an_unchanged_copy_passes_every_run_with_whole_transactions() throws Exception {
        requireNoProblem(WHOLE, WHOLE_RUNS_MAX);
    }

    private static void requireNoProblem(List<String> modes, int runs) throws Exception {
        try (SimulationCopy copy = SimulationCopy.of(faithful())) {
            for (int run = 0; run < runs; run++) {
                assertThat(run(copy, run, modes)).as("run %d", run).isNull();
            }
        }
    }

    @ParameterizedTest(name = "an engine that {0} is found out")
    @MethodSource("bugs")
    void a_planted_bug_is_found(PlantedBug bug, TestReporter reporter) throws Exception {
        requireFound(bug, MODES, RUNS_MAX, reporter);
    }

    static List<PlantedBug> bugsOfConstraints() {
        return PlantedBugs.ofConstraints();
    }

    @ParameterizedTest(name = "an engine that {0} is found out")
    @MethodSource("bugsOfConstraints")
    void a_planted_bug_of_constraints_is_found(PlantedBug bug, TestReporter reporter) throws Exception {
        requireFound(bug, CONSTRAINED, RUNS_MAX, reporter);
    }

    static List<PlantedBug> bugsOfIds() {
        return PlantedBugs.ofIds();
    }

    @ParameterizedTest(name = "an engine that {0} is found out")
    @MethodSource("bugsOfIds")
    void a_planted_bug_of_ids_is_found(PlantedBug bug, TestReporter reporter) throws Exception {
        requireFound(bug, REKEYING, REKEYING_RUNS_MAX, reporter);
    }

    static List<PlantedBug> bugsOfScopes() {
        return PlantedBugs.ofScopes();
    }

    @ParameterizedTest(name = "an engine that {0} is found out")
    @MethodSource("bugsOfScopes")
    void a_planted_bug_of_scopes_is_found(PlantedBug bug, TestReporter reporter) throws Exception {
        requireFound(bug, WHOLE, WHOLE_RUNS_MAX, reporter);
    }

    private static void requireFound(PlantedBug bug, List<String> modes, int runsMax, TestReporter reporter)
            throws Exception {
        Path mutated = Files.createTempDirectory(folder, "planted");
        try (SimulationCopy copy = SimulationCopy.with(bug, faithful(), mutated)) {
            for (int run = 0; run < runsMax; run++) {
                String problem = run(copy, run, modes);
                if (problem != null) {
                    reporter.publishEntry(bug.sentence(), "found by run " + run + ": " + problem);
                    return;
                }
            }
        }
        throw new AssertionError("an engine that " + bug.sentence() + " passes " + runsMax + " runs");
    }

    /** Runs go round through two to four sites, all modes, and both kinds of schedules; each has a seed of its own. */
    private static @Nullable String run(SimulationCopy copy, int run, List<String> modes) {
        String mode = modes.get(run / 6 % modes.size());
        return copy.run(run, 2 + run % 3, mode, run % 2 == 1);
    }
}
