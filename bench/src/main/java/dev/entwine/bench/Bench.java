package dev.entwine.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Runs workloads on both rivals in turn, on the same two servers for both. Owned by the main thread. */
final class Bench {
    /** Of both servers: enough for the largest table, and no checkpoint in the middle of a backlog. */
    static final Map<String, String> SERVER_SETTINGS = Map.of("shared_buffers", "512MB", "max_wal_size", "8GB");

    private static final String DRAIN = "drain";
    private static final List<String> SOURCE_SUBJECTS =
            List.of(Measure.NOTHING, Rival.NATIVE.label(), Rival.ENTWINE.label());

    private final Scale scale;
    private final List<String> javaOptions;
    private final Consumer<String> progress;
    private final Results results = new Results();
    private int databases;

    /**
     * @param javaOptions of the engine's virtual machine, beside the launcher's
     * @param progress    gets a line for each thing measured
     */
    Bench(Scale scale, List<String> javaOptions, Consumer<String> progress) {
        this.scale = scale;
        this.javaOptions = List.copyOf(javaOptions);
        this.progress = progress;
    }

    /** The names of all workloads, in order of importance. */
    static List<String> workloads(Scale scale) {
        List<String> backlogs = scale.backlogs().stream().map(Backlog::name).toList();
        return Stream.of(
                        backlogs.stream().filter(name -> !isSize(name)),
                        Stream.of(LiveWorkloads.STEADY, LiveWorkloads.STORM, LiveWorkloads.SOURCE),
                        backlogs.stream().filter(Bench::isSize))
                .flatMap(names -> names)
                .toList();
    }

    private static boolean isSize(String name) {
        return name.startsWith("size-");
    }

    /**
     * Runs workloads, each on servers of its own. One that fails is told and the next one begins: an hour of figures is not thrown away.
     *
     * @param workloads of those there are
     */
    Results run(List<String> workloads) throws InterruptedException {
        for (String workload : workloads) {
            try (Pair pair = Pair.start(SERVER_SETTINGS)) {
                run(pair, new LiveWorkloads(pair, results, javaOptions, scale.warmUp(), scale.seconds()), workload);
            } catch (InterruptedException e) {
                throw e;
            } catch (Exception e) {
                results.fail(workload, String.valueOf(e.getMessage()));
                progress.accept("error: " + workload + ": " + e.getMessage());
            }
        }
        return results;
    }

    private void run(Pair pair, LiveWorkloads live, String workload) throws Exception {
        Optional<Backlog> backlog = scale.backlogs().stream()
                .filter(each -> each.name().equals(workload))
                .findFirst();
        if (backlog.isPresent()) {
            backlog(pair, backlog.get());
            return;
        }
        for (int number = 1; number <= scale.pairs(); number++) {
            for (String subject : subjects(workload, number)) {
                String database = database(subject);
                switch (workload) {
                    case LiveWorkloads.STEADY -> live.steady(Rival.of(subject), database);
                    case LiveWorkloads.STORM -> live.storm(Rival.of(subject), database);
                    case LiveWorkloads.SOURCE -> live.source(subject, database);
                    default -> throw new IllegalArgumentException("there is no such workload");
                }
            }
            tell(workload, number);
        }
    }

    private static List<String> subjects(String workload, int number) {
        List<String> order = new ArrayList<>();
        if (workload.equals(LiveWorkloads.SOURCE)) {
            for (int i = 0; i < SOURCE_SUBJECTS.size(); i++) {
                order.add(SOURCE_SUBJECTS.get((i + number) % SOURCE_SUBJECTS.size()));
            }
        } else {
            Rival.order(number).forEach(rival -> order.add(rival.label()));
        }
        return order;
    }

    private void backlog(Pair pair, Backlog backlog) throws Exception {
        String template = database("template");
        for (String site : Pair.SITES) {
            pair.server(site).createDatabase(template);
            pair.server(site).execute(template, Arrivals.TABLES + backlog.create());
            pair.server(site).execute(template, "VACUUM (FREEZE, ANALYZE)");
        }
        for (int number = 1; number <= scale.pairs(); number++) {
            for (Rival rival : Rival.order(number)) {
                BacklogRound.Outcome outcome = new BacklogRound(pair, backlog, database(rival.label()))
                        .run(rival, template, rival == Rival.NATIVE, javaOptions);
                add(backlog.name(), rival, outcome);
            }
            tell(backlog.name(), number);
        }
        pair.drop(template);
    }

    private void add(String workload, Rival rival, BacklogRound.Outcome outcome) {
        Measure drain = new Measure(workload, DRAIN, "changes/s", true);
        results.add(drain, rival.label(), outcome.rate());
        outcome.limit().ifPresent(limit -> results.add(drain, Measure.LIMIT, limit));
        Map<Measure, Double> taken = new LinkedHashMap<>();
        taken.put(new Measure(workload, "start", "s", false), outcome.startUp());
        taken.put(new Measure(workload, "start to last row", "s", false), outcome.whole());
        taken.put(new Measure(workload, "engine cpu", "s", false), outcome.ownSeconds());
        taken.put(new Measure(workload, "server cpu", "s", false), outcome.serverSeconds());
        taken.put(new Measure(workload, "engine memory", "MB", false), outcome.peakBytes() / 1e6);
        taken.forEach((measure, value) -> results.add(measure, rival.label(), value));
    }

    /** What the pair that has just ended gave, of the first measure. */
    private void tell(String workload, int number) {
        Measure first = results.measures().stream()
                .filter(measure -> measure.workload().equals(workload))
                .findFirst()
                .orElseThrow();
        List<String> said = new ArrayList<>();
        results.of(first).forEach((subject, values) -> said.add(subject + " " + Report.number(values.getLast())));
        progress.accept("%s %d/%d  %s %s: %s"
                .formatted(workload, number, scale.pairs(), first.name(), first.unit(), String.join(", ", said)));
    }

    private String database(String subject) {
        return "bench_" + subject + "_" + ++databases;
    }
}
