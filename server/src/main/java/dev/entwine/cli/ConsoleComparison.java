package dev.entwine.cli;

import dev.entwine.config.Configuration;
import dev.entwine.console.Desk;
import dev.entwine.db.SiteException;
import dev.entwine.model.SiteId;
import dev.entwine.model.Table;
import dev.entwine.model.TableId;
import dev.entwine.verify.Pace;
import dev.entwine.verify.ScanProgress;
import dev.entwine.verify.TableComparison;
import dev.entwine.verify.Verification;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/** What {@code verify} and {@code repair} do, for the console. */
record ConsoleComparison(Configuration configuration, SiteConnections connections, Desk.Progress progress) {
    private static final int LISTED_MAX = 200;
    private static final int REPAIRED_MAX = 10_000;
    private static final Duration TIMEOUT = Duration.ofSeconds(60);

    /** Of all tables together. */
    private static final class Share implements ScanProgress {
        private final Desk.Progress progress;
        private final Map<TableId, Integer> order = new HashMap<>();

        Share(Desk.Progress progress, List<Table> tables) {
            this.progress = progress;
            tables.forEach(table -> order.put(table.id(), order.size()));
        }

        @Override
        public void scanned(TableId table, double share) {
            progress.at(table.toString(), (order.getOrDefault(table, 0) + share) / order.size());
        }

        @Override
        public void judging(long rows, int round) {
            progress.at("looking again at " + DifferencePrinter.rows(rows) + " that changed meanwhile", 1);
        }
    }

    ObjectNode verify(List<String> names) throws CommandFailure, SiteException {
        connections.requireAll();
        VerifiedTables verified = VerifiedTables.of(connections);
        boolean running = EngineState.of(connections).running();
        Instant from = Instant.now();
        List<TableComparison> comparisons = compare(verified, verified.chosen(names), running, LISTED_MAX);
        VerifyCommand.record(connections, comparisons, from);
        return VerifyReport.of(connections, comparisons)
                .document()
                .put("took_ms", Duration.between(from, Instant.now()).toMillis())
                .put("engine_running", running);
    }

    private List<TableComparison> compare(VerifiedTables verified, List<Table> chosen, boolean running, int listedMax)
            throws SiteException {
        return new LiveComparison(configuration, connections, verified, running)
                .compare(chosen, new Verification.Settings(Pace.FULL, listedMax), TIMEOUT, new Share(progress, chosen));
    }

    ObjectNode repair(List<String> names, Optional<SiteId> preferred, boolean apply, String by)
            throws CommandFailure, SiteException {
        connections.requireAll();
        VerifiedTables verified = VerifiedTables.of(connections);
        CompiledRules rules = CompiledRules.of(configuration, connections);
        boolean running = EngineState.of(connections).running();
        List<TableComparison> comparisons = compare(verified, verified.chosen(names), running, REPAIRED_MAX);
        RepairPlan plan = RepairPlan.of(connections, rules, comparisons, preferred);
        return new RepairReport(
                        comparisons,
                        plan,
                        apply ? RepairCommand.carryOut(connections, plan, by) : Map.of(),
                        apply,
                        running)
                .document();
    }
}
