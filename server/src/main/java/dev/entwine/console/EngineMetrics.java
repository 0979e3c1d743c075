package dev.entwine.console;

import dev.entwine.engine.Engine;
import dev.entwine.engine.EngineStatus;
import dev.entwine.engine.Latencies;
import dev.entwine.engine.Measurements;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** What {@code /metrics} says; docs/operating.md describes each name. Stateless. */
final class EngineMetrics {
    private static final double[] BUCKETS = {
        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3600
    };

    private static final String CHANGES =
            "Changes of one site by what became of them at another one since the engine started.";
    private static final String LATENCY =
            "From the commit at the source, by its clock, until the commit at the target, of transactions.";

    private EngineMetrics() {}

    /** @param status the last document of {@code status}; empty when there is none yet */
    static String of(Optional<Engine> engine, JsonNode status) {
        MetricsText text = new MetricsText();
        text.gauge(
                "entwine_engine_running", "1 while this process keeps the sites in step.", engine.isPresent() ? 1 : 0);
        engine.ifPresent(running -> {
            status(running.status(), text);
            measurements(running.measurements(), text);
        });
        sites(status, text);
        return text.toString();
    }

    private static void status(EngineStatus status, MetricsText text) {
        text.gauge("entwine_in_step", "1 while everything taken from the logs is applied.", status.inStep() ? 1 : 0);
        status.sites()
                .forEach((site, state) -> text.gauge(
                        "entwine_site_connected",
                        "1 while the log of the site is being read.",
                        state.connected() ? 1 : 0,
                        "site",
                        site.name()));
        status.sites()
                .keySet()
                .forEach(site -> text.gauge(
                        "entwine_site_guarded",
                        "1 while a guard holds the log of the site and asks.",
                        status.guarded().containsKey(site) ? 1 : 0,
                        "site",
                        site.name()));
        for (EngineStatus.Link link : status.links()) {
            String[] labels = {"from", link.from().name(), "to", link.to().name()};
            text.gauge(
                    "entwine_link_up",
                    "1 while changes go from one site to the other.",
                    link.state().equals("streaming") ? 1 : 0,
                    labels);
            text.gauge(
                    "entwine_link_lag_seconds",
                    "Age of the oldest change that waits, by the clock of its site.",
                    link.lagMs() / 1e3,
                    labels);
            text.gauge("entwine_link_queued_bytes", "An estimate of what waits.", link.queuedBytes(), labels);
        }
        text.gauge("entwine_window_rows", "Rows that are not known to be at every site.", status.windowRows());
        text.gauge("entwine_window_conflict_rows", "Of these, rows in conflict.", status.windowConflicts());
        text.gauge("entwine_spool_memory_bytes", "Queues in memory.", status.spoolMemoryBytes());
        text.gauge("entwine_spool_file_bytes", "Queues in files.", status.spoolFileBytes());
    }

    private static void measurements(Measurements measured, MetricsText text) {
        measured.captured()
                .forEach((site, tables) -> tables.forEach((table, count) -> text.counter(
                        "entwine_captured_changes_total",
                        "Changes taken from the log of a site since the engine started.",
                        count,
                        "site",
                        site.name(),
                        "table",
                        table.toString())));
        measured.transactions()
                .forEach((site, count) -> text.counter(
                        "entwine_captured_transactions_total",
                        "Transactions taken from the log of a site since the engine started.",
                        count,
                        "site",
                        site.name()));
        measured.links().forEach(link -> link(link, text));
        measured.conflicts()
                .forEach((decided, count) -> text.counter(
                        "entwine_conflicts_total",
                        "Decisions written into the journal of a site since the engine started.",
                        count,
                        "site",
                        decided.journal().name(),
                        "table",
                        decided.table().toString(),
                        "kind",
                        decided.kind(),
                        "policy",
                        decided.policy()));
    }

    private static void link(Measurements.Link link, MetricsText text) {
        changes(link, "folded", link.folded(), text);
        changes(link, "applied", link.applied(), text);
        changes(link, "superseded", link.superseded(), text);
        changes(link, "lost", link.lost(), text);
        changes(link, "present", link.present(), text);
        changes(link, "parked", link.parked(), text);
        changes(link, "filtered", 0, text);
        String[] labels = {"from", link.from().name(), "to", link.to().name()};
        text.gauge(
                "entwine_link_in_flight_changes",
                "Changes taken from the log of one site and not committed at the other.",
                link.inFlight(),
                labels);
        text.counter(
                "entwine_link_redelivered_changes_total",
                "Changes sent again because it was not certain that they had been committed.",
                link.redelivered(),
                labels);
        text.counter(
                "entwine_link_use_changes_total",
                "Rows that a transaction only referred to, sent for 'scope: object'.",
                link.uses(),
                labels);
        Latencies latencies = link.latencies();
        String name = "entwine_link_latency_seconds";
        for (double bucket : BUCKETS) {
            text.histogram(
                    name, LATENCY, "_bucket", latencies.countUpTo(bucket), with(labels, "le", Double.toString(bucket)));
        }
        text.histogram(name, LATENCY, "_bucket", latencies.count(), with(labels, "le", "+Inf"));
        text.histogram(name, LATENCY, "_sum", latencies.sumSeconds(), labels);
        text.histogram(name, LATENCY, "_count", latencies.count(), labels);
    }

    private static void changes(Measurements.Link link, String outcome, long count, MetricsText text) {
        text.counter(
                "entwine_link_changes_total",
                CHANGES,
                count,
                "from",
                link.from().name(),
                "to",
                link.to().name(),
                "outcome",
                outcome);
    }

    private static String[] with(String[] labels, String name, String value) {
        String[] all = java.util.Arrays.copyOf(labels, labels.length + 2);
        all[labels.length] = name;
        all[labels.length + 1] = value;
        return all;
    }

    private static void sites(JsonNode status, MetricsText text) {
        for (String site : status.path("sites").propertyNames()) {
            JsonNode of = status.path("sites").path(site);
            if (!of.path("reachable").asBoolean(false)) {
                continue;
            }
            text.gauge(
                    "entwine_site_log_held_bytes",
                    "Log kept for the engine.",
                    number(of, "wal_held_bytes"),
                    "site",
                    site);
            text.gauge(
                    "entwine_journal_entries",
                    "Entries of the journal of a site.",
                    number(of, "conflicts"),
                    "site",
                    site);
            text.gauge(
                    "entwine_open_conflicts",
                    "Conflicts that wait for a person.",
                    number(of, "open_conflicts"),
                    "site",
                    site);
            text.gauge(
                    "entwine_parked_changes", "Changes that the database refused.", number(of, "parked"), "site", site);
        }
        JsonNode differences = status.path("verification").path("difference_count");
        if (differences.isNumber()) {
            text.gauge(
                    "entwine_different_rows",
                    "Rows that are known to differ between the sites.",
                    differences.asDouble());
        }
    }

    private static double number(JsonNode node, String name) {
        return node.path(name).asDouble(0);
    }
}
