package dev.entwine.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What docs/faults.md names is there: a row has tests that exist, or says that it is open. */
final class FaultCatalogueTest {
    private static final Path ROOT = Path.of("..");
    private static final Pattern ROW = Pattern.compile("\\| ([A-Z]\\d\\d) \\|(.*)\\|(.*)\\|(.*)\\|");
    private static final Pattern NAMED = Pattern.compile("`(\\w+(?:Test|IT))(?:#(\\w+))?`");
    private static final int ROWS_MIN = 60;

    @Test
    void every_fault_has_a_test_that_exists_or_is_said_to_be_open() throws IOException {
        Map<String, String> tests = tests();
        Set<String> ids = new HashSet<>();
        List<String> wrong = new ArrayList<>();
        for (String line : Files.readAllLines(ROOT.resolve("docs/faults.md"))) {
            Matcher row = ROW.matcher(line);
            if (!row.matches()) {
                continue;
            }
            if (!ids.add(row.group(1))) {
                wrong.add(row.group(1) + " stands there twice");
            }
            Matcher named = NAMED.matcher(row.group(4));
            int found = 0;
            while (named.find()) {
                found++;
                String source = tests.getOrDefault(named.group(1), "");
                boolean lacking = named.group(2) != null && !source.contains("void " + named.group(2) + "(");
                if (source.isEmpty() || lacking) {
                    wrong.add(row.group(1) + " names " + named.group() + ", which is not there");
                }
            }
            if (found == 0 && !row.group(3).contains("*open*")) {
                wrong.add(row.group(1) + " has no test and is not said to be open");
            }
        }
        assertThat(wrong).isEmpty();
        assertThat(ids).hasSizeGreaterThan(ROWS_MIN);
    }

    private static Map<String, String> tests() throws IOException {
        Map<String, String> sources = new HashMap<>();
        for (String module : List.of("server", "embedded", "testkit")) {
            try (Stream<Path> files = Files.walk(ROOT.resolve(module).resolve("src/test/java"))) {
                for (Path file :
                        files.filter(path -> path.toString().endsWith(".java")).toList()) {
                    sources.put(file.getFileName().toString().replace(".java", ""), Files.readString(file));
                }
            }
        }
        return sources;
    }
}
