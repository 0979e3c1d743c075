package dev.entwine.house;

import static org.assertj.core.api.Assertions.assertThat;

import com.palantir.javaformat.java.Formatter;
import com.palantir.javaformat.java.FormatterException;
import com.palantir.javaformat.java.JavaFormatterOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Every source file is formatted by the formatter, in the JDK that runs the tests (Maven itself may run on one that cannot parse
 * the sources). {@code mvn test -pl server -am -Dtest=FormatTest -Dsurefire.failIfNoSpecifiedTests=false -Dformat=apply} rewrites
 * the files.
 */
final class FormatTest {
    private static final Path ROOT = Path.of(System.getProperty("entwine.root"));
    private static final Formatter FORMATTER = Formatter.createFormatter(JavaFormatterOptions.builder()
            .style(JavaFormatterOptions.Style.PALANTIR)
            .formatJavadoc(false)
            .build());

    @Test
    void every_source_file_is_formatted() throws IOException, FormatterException {
        List<String> unformatted = new ArrayList<>();
        List<Path> sources = sources();
        assertThat(sources).as("source files under " + ROOT).hasSizeGreaterThan(15);
        for (Path source : sources) {
            String text = Files.readString(source);
            String formatted = FORMATTER.formatSourceAndFixImports(text);
            if (text.equals(formatted)) {
                continue;
            }
            if ("apply".equals(System.getProperty("format"))) {
                Files.writeString(source, formatted);
            } else {
                unformatted.add(ROOT.relativize(source).toString());
            }
        }
        assertThat(unformatted).as("unformatted files; ./format rewrites them").isEmpty();
    }

    private static List<Path> sources() throws IOException {
        try (Stream<Path> files = Files.walk(ROOT)) {
            return files.filter(file -> file.toString().endsWith(".java"))
                    .filter(file -> !file.toString().contains("/target/"))
                    .sorted()
                    .toList();
        }
    }
}
