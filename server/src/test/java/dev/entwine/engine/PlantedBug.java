package dev.entwine.engine;

import dev.entwine.testkit.torture.Observations;
import dev.entwine.testkit.torture.Verdict.Rule;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * What an engine with a bug would have left: damage done to a copy of what was observed of a run that was in order.
 *
 * @param rule   the judge must call it broken, whatever else he complains of
 * @param damage empty when the run offers no place for it
 */
record PlantedBug(String name, Rule rule, Function<Observations, Optional<Observations>> damage) {
    static final List<PlantedBug> ALL = List.of(
            new PlantedBug("a row version is missing at one site", Rule.EQUAL, DamagedRows::missingAtOneSite),
            new PlantedBug("a row is otherwise at one site", Rule.EQUAL, DamagedRows::otherValueAtOneSite),
            new PlantedBug("a witness overlooks a transaction", Rule.WITNESSED, DamagedLogs::overlooked),
            new PlantedBug("a confirmed write is lost everywhere", Rule.DURABLE, DamagedLogs::confirmedAndLost),
            new PlantedBug("a write is lost in silence", Rule.ACCOUNTED, DamagedRows::putBackEverywhere),
            new PlantedBug("an entry is swallowed everywhere", Rule.ACCOUNTED, DamagedJournals::swallowedEverywhere),
            new PlantedBug("an entry is swallowed at one site", Rule.ACCOUNTED, DamagedJournals::swallowedAtOneSite),
            new PlantedBug("a row is turned back", Rule.NOT_TURNED_BACK, DamagedRows::putBackEverywhere),
            new PlantedBug("a deleted row rises again", Rule.NOT_TURNED_BACK, DamagedRows::risenEverywhere),
            new PlantedBug("a version is invented", Rule.NOT_INVENTED, DamagedLogs::inventedTag),
            new PlantedBug("a value is mixed up", Rule.NOT_INVENTED, DamagedLogs::otherValue),
            new PlantedBug("a row is deleted by nobody", Rule.NOT_INVENTED, DamagedLogs::deletedByNobody),
            new PlantedBug("journals differ in who has won", Rule.JOURNALS_ALIKE, DamagedJournals::otherwiseAtOneSite),
            new PlantedBug("one journal has more", Rule.JOURNALS_ALIKE, DamagedJournals::moreAtOneSite),
            new PlantedBug("a loser is invented", Rule.REAL_CONFLICT, DamagedJournals::inventedLoser),
            new PlantedBug("a loser has other values", Rule.REAL_CONFLICT, DamagedJournals::otherImage),
            new PlantedBug("succession is called conflict", Rule.NO_FALSE_CONFLICT, DamagedJournals::falseConflict),
            new PlantedBug("winner and loser are swapped", Rule.LATER_WINS, DamagedJournals::swapped),
            new PlantedBug("a group is torn", Rule.WHOLE_AND_IN_ORDER, DamagedLogs::torn),
            new PlantedBug("two transactions are reordered", Rule.WHOLE_AND_IN_ORDER, DamagedLogs::reordered),
            new PlantedBug("a transaction is applied twice", Rule.WHOLE_AND_IN_ORDER, DamagedLogs::twice),
            new PlantedBug("a transaction is skipped", Rule.WHOLE_AND_IN_ORDER, DamagedLogs::skipped),
            new PlantedBug("an effect comes before its cause", Rule.CAUSE_FIRST, DamagedLogs::causeLate),
            new PlantedBug("a difference counts twice", Rule.SUM, DamagedRows::doubleSum),
            new PlantedBug(
                    "a reader sees a torn group",
                    Rule.SEEN,
                    seen -> Optional.of(seen.withFindings(List.of("torn group seen at east")))));

    @Override
    public String toString() {
        return name;
    }
}
