package dev.entwine.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entwine.embedded.PostgresBinaries;
import dev.entwine.embedded.PostgresOptions;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;

/**
 * Every policy against every kind of conflict, and every rule against every kind of constraint, on real servers: in both orders of
 * commits and in orders of arrival that are given, with an engine that goes on and with one that is killed between two arrivals. The
 * tables of outcomes in {@code docs/conflicts.md} are made from what comes out; {@code -Dconflicts.doc=write} writes them.
 */
final class OutcomesIT {
    /**
     * Everything is written anew in each.
     *
     * @param order   in which logs arrive; empty where they come as they like and engines are killed at work
     * @param restart whether an engine is killed between two arrivals
     */
    private record Round(List<String> order, boolean restart) {
        @Override
        public String toString() {
            return order.isEmpty()
                    ? "the order of arrival left alone"
                    : String.join(" before ", order) + (restart ? ", engines killed between" : "");
        }
    }

    /** What was seen of a situation in a round. */
    private record Seen(String outcome, String journal) {}

    /** Three sites go through fewer rounds by default; {@code -Doutcomes.rounds=all} makes them go through all. */
    private static final boolean ALL_ROUNDS = "all".equals(System.getProperty("outcomes.rounds"));

    private final ConstraintCases constraints =
            new ConstraintCases(rounds("east", "west").size());
    private final SoftAssertions softly = new SoftAssertions();

    /** Forth and back, each without and with a kill: the last to arrive in one is the first in the other. */
    private static List<Round> rounds(String... forth) {
        List<String> there = List.of(forth);
        List<String> back = there.reversed();
        return List.of(
                new Round(there, false),
                new Round(back, false),
                new Round(there, true),
                new Round(back, true),
                new Round(List.of(), true));
    }

    private Sites start(List<Round> rounds, String... names) throws Exception {
        Sites sites = Sites.start(PostgresBinaries.bundled(), PostgresOptions.DEFAULTS, names)
                .withSettings(Arrival.SETTINGS);
        sites.everywhere(PolicyCases.schema(rounds.size()) + constraints.schema());
        String refusals = sites.withRules(constraints.rules(true)).command(2, "check");
        for (ConstraintCases.Setup setup : constraints.setups()) {
            assertThat(refusals.lines()
                            .anyMatch(line ->
                                    line.contains(".yaml:") && line.contains("table public." + setup.table() + " ")))
                    .as("whether %s is refused for %s, by %s", setup.rule(), setup.what(), refusals)
                    .isEqualTo(setup.refused());
        }
        sites.withRules(PolicyCases.rules() + constraints.rules(false));
        sites.command(0, "init", "--equal");
        return sites;
    }

    private List<Situation> situations() {
        List<Situation> situations = new ArrayList<>(PolicyCases.all());
        situations.addAll(constraints.all());
        return situations;
    }

    /** In every round, what all sites show alike. */
    private Map<Situation, List<Seen>> play(Sites sites, List<Round> rounds) throws Exception {
        Map<Situation, List<Seen>> seen = new HashMap<>();
        for (int round = 0; round < rounds.size(); round++) {
            Arrival arrival = new Arrival(sites);
            try (Applications applications = new Applications(sites)) {
                for (Situation situation : situations()) {
                    situation.write(applications, sites.names(), round);
                }
            }
            if (rounds.get(round).order().isEmpty()) {
                arrival.inAnyOrder(2);
            } else {
                arrival.inOrder(rounds.get(round).order(), rounds.get(round).restart());
            }
        }
        try (Applications applications = new Applications(sites)) {
            for (Situation situation : situations()) {
                List<Seen> inRounds = new ArrayList<>();
                List<String> meanings = new ArrayList<>();
                for (int round = 0; round < rounds.size(); round++) {
                    inRounds.add(everywhere(applications, sites, situation, round, rounds.get(round)));
                    meanings.add(situation.meaning(applications, "east", round));
                }
                seen.put(situation, inRounds);
                requireNoDependence(sites, situation, rounds, inRounds, meanings);
            }
        }
        for (String site : sites.names()) {
            assertThat(sites.value(site, "SELECT count(*) FROM entwine.parked")).isEqualTo("0");
        }
        return seen;
    }

    private Seen everywhere(Applications applications, Sites sites, Situation situation, int number, Round round)
            throws SQLException {
        Map<String, Seen> seen = new HashMap<>();
        for (String site : sites.names()) {
            seen.put(
                    site,
                    new Seen(
                            situation.outcome(applications, site, number),
                            situation.journal(applications, site, number)));
        }
        softly.assertThat(Set.copyOf(seen.values()))
                .as("%s, %s: the sites show %s", situation, round, seen)
                .hasSize(1);
        return seen.getOrDefault("east", new Seen("", ""));
    }

    /** At three sites the entries say which two versions met, and that is a matter of arrival; at two it is not. */
    private void requireNoDependence(
            Sites sites, Situation situation, List<Round> rounds, List<Seen> seen, List<String> meanings) {
        boolean two = sites.names().size() == 2;
        if (!two && situation.mayDependOnArrival()) {
            return; // docs/conflicts.md says what becomes of a third site's row for the same
        }
        softly.assertThat(Set.copyOf(meanings))
                .as("%s, in %s: %s", situation, rounds, meanings)
                .hasSize(1);
        for (int one = 0; one < rounds.size(); one++) {
            for (int other = 0; other < one; other++) {
                boolean sameOrder =
                        rounds.get(one).order().equals(rounds.get(other).order());
                if (sameOrder || !situation.mayDependOnArrival()) {
                    softly.assertThat(two ? seen.get(one) : seen.get(one).outcome())
                            .as("%s, %s against %s", situation, rounds.get(one), rounds.get(other))
                            .isEqualTo(two ? seen.get(other) : seen.get(other).outcome());
                }
            }
        }
    }

    @Test
    void two_sites_come_out_as_documented_in_every_order_of_commits_and_of_arrival() throws Exception {
        List<Round> rounds = rounds("east", "west");
        try (Sites sites = start(rounds, "east", "west")) {
            Map<Situation, List<Seen>> seen = play(sites, rounds);
            for (PolicyCases.Case one : PolicyCases.all()) {
                seen.getOrDefault(one, List.of())
                        .forEach(each -> softly.assertThat(each.journal())
                                .as("journal of %s", one)
                                .startsWith(one.kind().journalled() + " ")
                                .endsWith(one.policy().contains("manual") ? " open" : " decided")
                                .doesNotContain(";"));
            }
            softly.assertAll();
            DocumentedTable.compare("table of outcomes", policies(seen));
            DocumentedTable.compare("table of constraints", constraints(seen));
        }
    }

    @Test
    void three_sites_come_out_alike_in_every_order_of_arrival_and_no_increment_is_lost_or_counted_twice()
            throws Exception {
        List<Round> all = rounds("east", "west", "north");
        List<Round> rounds = all.subList(0, ALL_ROUNDS ? all.size() : 3);
        try (Sites sites = start(rounds, "east", "west", "north")) {
            Map<Situation, List<Seen>> seen = play(sites, rounds);
            for (PolicyCases.Case one : PolicyCases.all()) {
                seen.getOrDefault(one, List.of()).forEach(each -> requireSum(one, each.outcome()));
            }
            softly.assertAll();
        }
    }

    private void requireSum(PolicyCases.Case one, String outcome) {
        if (one.policy().contains("n: sum") && !outcome.equals("gone")) {
            String sum = switch (one.kind()) {
                case INSERT_INSERT -> "7";
                case SAME -> "17";
                case DIFFERENT, DELETE_DELETE -> "14";
                case UPDATE_DELETE -> "15";
                case DELETE_UPDATE -> "16";
            };
            softly.assertThat(outcome).as("%s", one).startsWith(sum + " ");
        }
    }

    private static String policies(Map<Situation, List<Seen>> seen) {
        StringBuilder text = new StringBuilder("\n| policy |");
        for (PolicyCases.Kind kind : PolicyCases.Kind.values()) {
            text.append(' ').append(kind.words).append(" |");
        }
        text.append("\n|---")
                .append("|---".repeat(PolicyCases.Kind.values().length))
                .append("|\n");
        for (String policy : PolicyCases.names()) {
            text.append("| ").append(policy).append(" |");
            for (PolicyCases.Kind kind : PolicyCases.Kind.values()) {
                List<Situation> both = PolicyCases.all().stream()
                        .filter(one -> one.policy().equals(policy) && one.kind() == kind)
                        .map(Situation.class::cast)
                        .toList();
                text.append(' ').append(cell(both, seen, Seen::outcome)).append(" |");
            }
            text.append('\n');
        }
        return text.append('\n').toString();
    }

    private String constraints(Map<Situation, List<Seen>> seen) {
        StringBuilder text = new StringBuilder(
                "\n| what happened | rule | what stands at every site | in every journal |\n|---|---|---|---|\n");
        for (ConstraintCases.Setup setup : constraints.setups()) {
            List<Situation> both = constraints.all().stream()
                    .filter(one -> one.setup().equals(setup))
                    .map(Situation.class::cast)
                    .toList();
            text.append("| ")
                    .append(setup.what())
                    .append(" | ")
                    .append(setup.rule())
                    .append(" | ");
            if (setup.refused()) {
                text.append("the rule is refused | |\n");
            } else {
                text.append(cell(both, seen, Seen::outcome))
                        .append(" | ")
                        .append(cell(both, seen, one -> one.journal().equals("null") ? "nothing" : one.journal()))
                        .append(" |\n");
            }
        }
        return text.append('\n').toString();
    }

    private interface Part {
        String of(Seen seen);
    }

    /** One outcome, or that of each order of commits, or either of them for each order of arrival. */
    private static String cell(List<Situation> bothOrdersOfCommits, Map<Situation, List<Seen>> seen, Part part) {
        Set<String> byArrival = new LinkedHashSet<>();
        for (int round = 0; round < 2; round++) {
            Set<String> byCommit = new LinkedHashSet<>();
            for (Situation one : bothOrdersOfCommits) {
                byCommit.add(part.of(seen.getOrDefault(one, List.of()).get(round)));
            }
            byArrival.add(String.join(" / ", byCommit));
        }
        List<String> cells = List.copyOf(byArrival);
        return cells.size() == 1
                ? cells.getFirst()
                : "east's log first: " + cells.getFirst() + "; west's log first: " + cells.getLast();
    }
}
