package dev.entwine.cli;

import dev.entwine.config.Configuration;
import dev.entwine.db.Finding;
import dev.entwine.db.SiteException;
import dev.entwine.model.Table;
import dev.entwine.policy.WholeRows;
import java.util.List;

/** The tables on which the sites agree, when nothing stands in the way of setting them up. Stateless. */
final class TablesToSetUp {
    private TablesToSetUp() {}

    /**
     * Prints what has to be mended first, and how many warnings there are.
     *
     * @param otherwise what has not been done, when there are errors
     */
    static List<Table> of(Configuration configuration, Context context, String otherwise)
            throws CommandFailure, SiteException {
        try (SiteConnections connections = SiteConnections.open(configuration)) {
            CheckReport report = CheckReport.of(configuration, connections);
            List<Finding> errors = report.findings().stream()
                    .filter(finding -> finding.isError() && !finding.code().equals(WholeRows.CODE))
                    .toList();
            if (!errors.isEmpty()) {
                Terminal terminal = context.terminal();
                FindingPrinter.print(errors, terminal, terminal.err());
                throw new CommandFailure(
                        report.exitCode() == ExitCode.USAGE ? ExitCode.USAGE : ExitCode.FAILED,
                        otherwise + ": " + FindingPrinter.counted(errors.size(), "error") + " must be mended first");
            }
            List<Finding> warnings = report.findings().stream()
                    .filter(finding -> !finding.isError())
                    .toList();
            if (!warnings.isEmpty()) {
                context.terminal()
                        .err()
                        .println(FindingPrinter.counted(warnings.size(), "warning") + "; 'entwine check' shows them");
            }
            return report.tables().tables();
        }
    }
}
