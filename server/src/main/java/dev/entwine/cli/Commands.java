package dev.entwine.cli;

import java.util.List;

/** Every command there is, in the order of the help. */
final class Commands {
    private Commands() {}

    static List<Object> all(Context context) {
        return List.of(
                new CheckCommand(context),
                new ShadowCommand(context),
                new InitCommand(context),
                new RunCommand(context),
                new StatusCommand(context),
                new WaitCommand(context),
                new VerifyCommand(context),
                new RepairCommand(context),
                new ConflictsCommand(context),
                new ParkedCommand(context),
                new GuardCommand(context),
                new WhyCommand(context),
                new TryPolicyCommand(context),
                new ForecastCommand(context),
                new RejoinCommand(context),
                new AddTableCommand(context),
                new RemoveCommand(context),
                new DemoCommand(context));
    }
}
