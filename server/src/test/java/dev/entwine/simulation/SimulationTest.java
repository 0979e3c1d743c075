package dev.entwine.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Random schedules for each policy and two to four sites, with and without faults. A failure names the seed; {@code
 * -Dsimulation.seed=N} runs that one alone, {@code -Dsimulation.seeds=N} runs more of them.
 */
final class SimulationTest {
    private static final int SEEDS = Integer.getInteger("simulation.seeds", 60);
    private static final int ONLY = Integer.getInteger("simulation.seed", -1);

    @ParameterizedTest
    @CsvSource({
        "2,latest",
        "3,latest",
        "4,latest",
        "2,earliest",
        "3,earliest",
        "3,precedence",
        "2,custom",
        "3,custom",
        "4,custom",
        "2,delta",
        "3,delta",
        "4,delta",
        "2,counted",
        "3,counted",
        "4,counted",
        "2,merge",
        "3,merge",
        "4,merge",
        "2,greatest",
        "3,greatest",
        "3,update_wins",
        "3,delete_wins",
        "3,later_delete",
        "3,manual",
        "2,unique",
        "3,unique",
        "4,unique",
        "2,unique_null",
        "3,unique_null",
        "2,parent",
        "3,parent",
        "4,parent",
        "2,child",
        "3,child",
        "3,cut",
        "3,unique_parent",
        "2,rekey",
        "3,rekey",
        "4,rekey",
        "2,natural",
        "3,natural",
        "2,whole",
        "3,whole",
        "4,whole",
        "2,whole_unique",
        "3,whole_unique",
        "3,whole_parent"
    })
    void sites_end_equal_and_no_write_is_lost_in_silence(int sites, String mode) {
        List<String> problems = new ArrayList<>();
        for (int seed = ONLY < 0 ? 0 : ONLY; seed < (ONLY < 0 ? SEEDS : ONLY + 1); seed++) {
            for (boolean faults : new boolean[] {false, true}) {
                String problem = Simulation.run(seed, sites, mode, faults);
                if (problem != null) {
                    problems.add("seed " + seed + (faults ? " with faults: " : " without faults: ") + problem);
                }
            }
        }
        assertThat(problems).as(sites + " sites, " + mode).isEmpty();
    }
}
