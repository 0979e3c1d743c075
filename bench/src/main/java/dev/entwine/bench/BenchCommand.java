package dev.entwine.bench;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.UsageMessageSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command {@code bench}: its options, and where results go. */
@Command(
        name = "entwine bench",
        description = "Start two PostgreSQL servers, keep them in step with Entwine and with the servers' own logical"
                + " replication in turn, and print how fast both are, beside what the machine allows. Trust"
                + " ratios, on a machine that does nothing else.",
        mixinStandardHelpOptions = true,
        version = "entwine 0.1.0",
        footer = {"", "Exit codes: 0 measured; 1 failed, or the sites were not equal afterwards; 2 wrong usage."})
public final class BenchCommand implements Callable<Integer> {
    static final String JSON = "bench.json";
    static final String SVG = "bench.svg";

    private static final int FAILED = 1;
    private static final int PAIRS_MAX = 1_000;

    /** What {@code --quick} measures where nothing is named. */
    private static final List<String> QUICK_WORKLOADS =
            List.of("backlog-inserts", "backlog-updates", "backlog-1000", LiveWorkloads.STEADY);

    @Option(
            names = "--quick",
            description =
                    "a tenth of the counts and 3 pairs, and where none is named few workloads; meant for five minutes")
    private boolean quick;

    @Option(
            names = "--workloads",
            split = ",",
            paramLabel = "NAME",
            description = "measure these; a name stands for all that begin with it, such as backlog")
    private List<String> workloads = List.of();

    @Option(
            names = "--pairs",
            paramLabel = "N",
            description = "how often each is measured (default: 5, with --quick 3)")
    private Optional<Integer> pairs = Optional.empty();

    @Option(
            names = "--out",
            paramLabel = "FOLDER",
            description = "for bench.json and bench.svg (default: ./entwine-bench-DATE)")
    private Optional<Path> folder = Optional.empty();

    @Option(names = "--json", description = "print bench.json and no table")
    private boolean json;

    @Option(
            names = "--engine-java",
            paramLabel = "OPTION",
            description = "option of the engine's virtual machine, such as one that records a profile; may be repeated")
    private List<String> javaOptions = List.of();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    private final Scale whole;
    private final Scale small;
    private final PrintWriter out;
    private final PrintWriter err;

    private BenchCommand(Scale whole, Scale small, PrintWriter out, PrintWriter err) {
        this.whole = whole;
        this.small = small;
        this.out = out;
        this.err = err;
    }

    public static void main(String[] arguments) {
        PrintWriter out = new PrintWriter(System.out, true, System.out.charset());
        PrintWriter err = new PrintWriter(System.err, true, System.err.charset());
        System.exit(run(arguments, Scale.whole(), Scale.quick(), out, err));
    }

    /**
     * Runs the command.
     *
     * @param whole what is measured
     * @param small what is measured with {@code --quick}
     * @return the exit code
     */
    static int run(String[] arguments, Scale whole, Scale small, PrintWriter out, PrintWriter err) {
        CommandLine line = new CommandLine(new BenchCommand(whole, small, out, err));
        UsageMessageSpec usage = line.getCommandSpec().usageMessage();
        usage.description(
                usage.description()[0],
                "",
                "Workloads, in this order where none is named: " + String.join(", ", Bench.workloads(whole)) + ".");
        return line.setOut(out)
                .setErr(err)
                .setExecutionExceptionHandler((e, failed, parsed) -> {
                    err.println("error: " + e.getMessage());
                    return FAILED;
                })
                .execute(arguments);
    }

    @Override
    public Integer call() throws Exception {
        Scale scale = scale();
        List<String> chosen = chosen(scale);
        Path target = folder.orElseGet(BenchCommand::today);
        Files.createDirectories(target);
        Instant begun = Instant.now();
        double load = ResultsDocument.load();
        if (load > Runtime.getRuntime().availableProcessors() / 2.0) {
            err.printf(Locale.ROOT, "this machine is at other work (load %.1f): figures will be too low%n", load);
        }
        Results results = new Bench(scale, javaOptions, err::println).run(chosen);
        String document = ResultsDocument.of(results, scale, begun, load);
        Files.writeString(target.resolve(JSON), document);
        Files.writeString(target.resolve(SVG), Chart.of(results));
        if (json) {
            out.println(document);
        } else {
            Report.lines(results).forEach(out::println);
            out.println();
            out.println("written: " + target.resolve(JSON) + ", " + target.resolve(SVG));
        }
        results.failures().keySet().forEach(workload -> err.println("failed: " + workload));
        return results.failures().isEmpty() ? CommandLine.ExitCode.OK : FAILED;
    }

    private Scale scale() {
        Scale scale = quick ? small : whole;
        if (pairs.isPresent() && (pairs.get() < 1 || pairs.get() > PAIRS_MAX)) {
            throw wrong("--pairs must be from 1 to " + PAIRS_MAX);
        }
        return pairs.map(scale::withPairs).orElse(scale);
    }

    private List<String> chosen(Scale scale) {
        List<String> all = Bench.workloads(scale);
        if (workloads.isEmpty()) {
            return quick ? all.stream().filter(QUICK_WORKLOADS::contains).toList() : all;
        }
        List<String> chosen = new ArrayList<>();
        for (String name : workloads) {
            Predicate<String> meant = all.contains(name) ? name::equals : other -> other.startsWith(name + "-");
            List<String> found = all.stream().filter(meant).toList();
            if (found.isEmpty()) {
                throw wrong("there is no workload '" + name + "'; there are " + String.join(", ", all));
            }
            found.stream().filter(each -> !chosen.contains(each)).forEach(chosen::add);
        }
        return chosen;
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    private static Path today() {
        return Path.of("entwine-bench-"
                + DateTimeFormatter.ofPattern("yyyy-MM-dd", Locale.ROOT)
                        .withZone(ZoneOffset.UTC)
                        .format(Instant.now()));
    }
}
