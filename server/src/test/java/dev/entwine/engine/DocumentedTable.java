package dev.entwine.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A table in {@code docs/conflicts.md} that a test makes; {@code -Dconflicts.doc=write} writes it. */
final class DocumentedTable {
    private static final Path DOCUMENT = Path.of(System.getProperty("entwine.root"), "docs", "conflicts.md");
    private static final String MADE_BY = ": made by OutcomesIT -->\n";
    private static final String END = "<!-- end of the table -->\n";

    private DocumentedTable() {}

    /** @param name as it stands in the comment before the table */
    static void compare(String name, String table) throws IOException {
        String text = Files.readString(DOCUMENT);
        String begin = "<!-- " + name + MADE_BY;
        assertThat(text).as(DOCUMENT.toString()).contains(begin);
        int from = text.indexOf(begin) + begin.length();
        int to = text.indexOf(END, from);
        if ("write".equals(System.getProperty("conflicts.doc"))) {
            Files.writeString(DOCUMENT, text.substring(0, from) + table + text.substring(to));
        } else {
            assertThat(text.substring(from, to))
                    .as("the " + name + " in " + DOCUMENT
                            + "; if it is wrong and what comes out is right: mvn test -pl server -am -Dtest=OutcomesIT"
                            + " -Dsurefire.failIfNoSpecifiedTests=false -Dconflicts.doc=write")
                    .isEqualTo(table);
        }
    }
}
