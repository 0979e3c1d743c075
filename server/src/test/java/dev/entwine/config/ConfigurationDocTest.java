package dev.entwine.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entwine.config.EngineSettings.Bounds;
import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * {@code docs/configuration.md} says what the code does: the table of the engine's settings is made here, and every key has its
 * section. {@code -Ddocs=apply} rewrites the table.
 */
final class ConfigurationDocTest {
    private static final Path DOCUMENT = Path.of(System.getProperty("entwine.root"), "docs", "configuration.md");
    private static final String BEGIN = "<!-- table of the engine's settings: made by ConfigurationDocTest -->\n";
    private static final String END = "<!-- end of the table -->\n";

    @Test
    void the_table_of_engine_settings_is_that_of_the_code() throws IOException, IllegalAccessException {
        String text = Files.readString(DOCUMENT);
        assertThat(text).contains(BEGIN, END);
        int begin = text.indexOf(BEGIN) + BEGIN.length();
        String made = text.substring(0, begin) + table() + text.substring(text.indexOf(END));
        if ("apply".equals(System.getProperty("docs"))) {
            Files.writeString(DOCUMENT, made);
        } else {
            assertThat(text).isEqualTo(made);
        }
    }

    @Test
    void every_engine_setting_and_every_policy_has_its_section() throws IOException {
        String text = Files.readString(DOCUMENT);
        for (RecordComponent setting : EngineSettings.class.getRecordComponents()) {
            assertThat(text).contains("### `" + key(setting.getName()) + "`");
        }
        for (ConflictPolicy policy : ConflictPolicy.values()) {
            assertThat(text).contains("`" + policy.form() + "`");
        }
        for (ColumnPolicy policy : ColumnPolicy.values()) {
            assertThat(text).contains("`" + policy.word() + "`");
        }
        for (String key : SiteReader.KEYS) {
            assertThat(text).contains("| `" + key + "` |");
        }
        for (String mode : SiteReader.MODES.keySet()) {
            assertThat(text).contains("`" + mode + "`");
        }
        for (DeletePolicy policy : DeletePolicy.values()) {
            assertThat(text).contains("`" + policy.word() + "`");
        }
    }

    @Test
    void every_number_among_the_settings_has_bounds() throws IllegalAccessException {
        assertThat(bounds().keySet())
                .containsExactlyInAnyOrderElementsOf(Arrays.stream(EngineSettings.class.getRecordComponents())
                        .filter(setting -> setting.getType().isPrimitive())
                        .map(setting -> key(setting.getName()))
                        .toList());
    }

    private static String table() throws IllegalAccessException {
        StringBuilder table = new StringBuilder("\n| key | default | least | most |\n|---|--:|--:|--:|\n");
        bounds().forEach((key, bounds) -> table.append("| [`" + key + "`](#" + key + ") | ")
                .append("%d | %d | %d |\n".formatted(bounds.initial(), bounds.min(), bounds.max())));
        return table.append('\n').toString();
    }

    /** By their keys in the configuration: the constants are named like them. */
    private static Map<String, Bounds> bounds() throws IllegalAccessException {
        Map<String, Bounds> bounds = new TreeMap<>();
        for (Field field : EngineSettings.class.getDeclaredFields()) {
            if (field.getType() == Bounds.class) {
                bounds.put(field.getName().toLowerCase(Locale.ROOT), (Bounds) field.get(null));
            }
        }
        return bounds;
    }

    private static String key(String component) {
        return component.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
    }
}
