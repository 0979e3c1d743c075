package dev.entwine.cli;

import dev.entwine.verify.TableComparison;
import dev.entwine.verify.TableComparison.Difference;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Prints which rows differ. The keys only: the rows themselves may be large and nobody asked for them. */
final class DifferencePrinter {
    private final Terminal terminal;

    DifferencePrinter(Terminal terminal) {
        this.terminal = terminal;
    }

    void print(List<TableComparison> tables) {
        TextTable text = new TextTable("TABLE", "KEY", "FOUND", "AT");
        for (TableComparison table : tables) {
            for (Difference difference : table.differences()) {
                text.row(
                        table.table().toString(),
                        String.join(", ", difference.key()),
                        difference.kind().name().toLowerCase(Locale.ROOT),
                        sites(difference));
            }
            long more = table.differenceCount() - table.differences().size();
            if (more > 0) {
                text.row(table.table().toString(), "and " + more + " more", "", "");
            }
        }
        text.print(terminal);
    }

    private static String sites(Difference difference) {
        return new TreeMap<>(difference.sites())
                .entrySet().stream()
                        .map(site -> switch (difference.kind()) {
                            case DIFFERENT -> site.getKey().name();
                            case MISSING -> site.getKey() + (site.getValue().isPresent() ? " has it" : " does not");
                        })
                        .collect(Collectors.joining(", "));
    }
}
