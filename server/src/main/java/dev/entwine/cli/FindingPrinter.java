package dev.entwine.cli;

import dev.entwine.db.Finding;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Writes findings for people and for machines. */
final class FindingPrinter {
    private static final String EVERY_SITE = "all sites";

    private FindingPrinter() {}

    static void print(List<Finding> findings, Terminal terminal, PrintWriter writer) {
        for (Finding finding : findings) {
            String site = finding.site().map(id -> id.name()).orElse(EVERY_SITE);
            String severity = word(finding);
            writer.println((finding.isError() ? terminal.red(severity) : terminal.yellow(severity)) + "  "
                    + terminal.bold(site) + "  " + finding.code() + ": " + finding.what());
            writer.println("    mend: " + finding.mend());
        }
    }

    static String count(List<Finding> findings) {
        long errors = findings.stream().filter(Finding::isError).count();
        long warnings = findings.size() - errors;
        return counted(errors, "error") + ", " + counted(warnings, "warning");
    }

    static String counted(long number, String noun) {
        return number + " " + noun + (number == 1 ? "" : "s");
    }

    static ObjectNode json(boolean ok, List<Finding> findings) {
        ObjectNode document = Json.object();
        document.put("ok", ok);
        ArrayNode problems = document.putArray("problems");
        for (Finding finding : findings) {
            ObjectNode problem = problems.addObject();
            problem.put("site", finding.site().map(id -> id.name()).orElse(null));
            problem.put("severity", word(finding));
            problem.put("code", finding.code());
            problem.put("what", finding.what());
            problem.put("mend", finding.mend());
        }
        return document;
    }

    private static String word(Finding finding) {
        return finding.severity().name().toLowerCase(Locale.ROOT);
    }
}
