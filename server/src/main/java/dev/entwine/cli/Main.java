package dev.entwine.cli;

import dev.entwine.db.Said;
import dev.entwine.db.SiteException;
import dev.entwine.engine.EngineFailure;
import dev.entwine.snapshot.RefusedException;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Help.ColorScheme;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/** Finds the command, runs it, and turns whatever happens into a message and an exit code. */
@Command(
        name = "entwine",
        description = "Keeps two or more PostgreSQL databases, all written by applications, in step.",
        mixinStandardHelpOptions = true,
        version = "entwine 0.1.0",
        synopsisSubcommandLabel = "COMMAND",
        footer = {
            "",
            "Exit codes: 0 fine; 1 failed; 2 wrong usage or configuration; 3 worked, and found differences,",
            "conflicts or problems."
        })
public final class Main implements Runnable {
    /** The launcher sets it where the measurements, which it starts itself, have been built too. */
    private static final String BENCH = "entwine.bench";

    private static final List<String> BENCH_HELP = List.of(
            "",
            "Beside these, in this checkout: bench, which measures Entwine and the servers' own replication in turn.");

    @Option(names = "--debug", scope = ScopeType.INHERIT, description = "show where an error comes from")
    private boolean debug;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    private final Context context;

    private Main(Context context) {
        this.context = context;
    }

    public static void main(String[] arguments) {
        Environment environment = new Environment(System.getenv());
        System.exit(run(arguments, Terminal.system(environment), environment));
    }

    /** Runs one command; the exit code. */
    static int run(String[] arguments, Terminal terminal, Environment environment) {
        Context context = new Context(terminal, environment);
        int exitCode = new Main(context).line(context).execute(arguments);
        terminal.out().flush();
        terminal.err().flush();
        return exitCode;
    }

    private CommandLine line(Context context) {
        CommandLine line = new CommandLine(this);
        for (Object command : Commands.all(context)) {
            CommandLine subcommand = new CommandLine(command);
            subcommand.getCommandSpec().mixinStandardHelpOptions(true);
            line.addSubcommand(subcommand);
        }
        Terminal terminal = context.terminal();
        ColorScheme colours = CommandLine.Help.defaultColorScheme(terminal.colour() ? Ansi.ON : Ansi.OFF);
        if (Boolean.getBoolean(BENCH)) {
            CommandLine.Model.UsageMessageSpec usage = line.getCommandSpec().usageMessage();
            List<String> footer = new ArrayList<>(BENCH_HELP);
            footer.addAll(List.of(usage.footer()));
            usage.footer(footer.toArray(String[]::new));
        }
        return line.setOut(terminal.out())
                .setErr(terminal.err())
                .setColorScheme(colours)
                .setParameterExceptionHandler(this::wrongUsage)
                .setExecutionExceptionHandler(this::failed);
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "name a command");
    }

    private int wrongUsage(ParameterException e, String[] arguments) {
        CommandLine line = e.getCommandLine();
        Terminal terminal = context.terminal();
        terminal.err().println(terminal.red("error") + ": " + context.scrub(described(e)));
        if (!UnmatchedArgumentException.printSuggestions(e, terminal.err())) {
            line.usage(terminal.err(), line.getColorScheme());
        }
        return ExitCode.USAGE;
    }

    private String described(ParameterException e) {
        if (e instanceof UnmatchedArgumentException unmatched
                && e.getCommandLine().getCommand() == this) {
            return "there is no command '" + unmatched.getUnmatched().getFirst() + "'";
        }
        return String.valueOf(e.getMessage()).replaceFirst("^Error: ", "");
    }

    private int failed(Exception e, CommandLine line, ParseResult result) {
        Terminal terminal = context.terminal();
        String message = String.valueOf(e.getMessage());
        int exitCode = ExitCode.FAILED;
        switch (e) {
            case CommandFailure failure -> exitCode = failure.exitCode();
            case SiteException failure -> message = described(failure);
            case RefusedException refused -> message = described(refused);
            case EngineFailure failure -> {
                message = described(failure);
                exitCode = failure.kind() == EngineFailure.Kind.CONFIGURATION ? ExitCode.USAGE : ExitCode.FAILED;
            }
            default ->
                message = "this should not have happened: " + Said.without(e).getMessage()
                        + "; run it again with --debug and report it";
        }
        terminal.err().println(terminal.red("error") + ": " + context.scrub(message));
        if (debug) {
            java.io.StringWriter trace = new java.io.StringWriter();
            Said.without(e).printStackTrace(new java.io.PrintWriter(trace));
            terminal.err().print(context.scrub(trace.toString()));
        }
        return exitCode;
    }

    private static String described(Exception failure) {
        StringBuilder message = new StringBuilder(String.valueOf(failure.getMessage()));
        for (Throwable also : failure.getSuppressed()) {
            message.append("\nand while taking back what was created: ")
                    .append(also.getMessage())
                    .append("; run 'entwine remove' when that is mended");
        }
        return message.toString();
    }
}
