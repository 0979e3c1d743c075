package dev.entwine.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The command as it is started, with workloads of some thousand rows. */
final class BenchCommandIT {
    private static final int HUNDREDTH = 100;

    @TempDir
    private Path folder = Path.of("");

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void two_workloads_give_a_table_a_document_and_a_chart() throws Exception {
        Scale scale = new Scale(1, Backlogs.tiny(HUNDREDTH), 1, 1);
        int exitCode = run(scale, "--workloads", "backlog-inserts,backlog-updates", "--out", folder.toString());
        assertThat(exitCode).as(err.toString()).isZero();
        assertThat(out.toString().lines().map(line -> line.replaceAll(" +", " ")))
                .anyMatch(line -> line.startsWith("WORKLOAD MEASURE UNIT ENTWINE"))
                .anyMatch(line -> line.matches("backlog-inserts drain changes/s [0-9,.]+ \\(.*"))
                .anyMatch(line -> line.matches("backlog-updates start to last row s [0-9,.]+ \\(.*"));
        JsonNode document = JsonMapper.builder().build().readTree(Files.readString(folder.resolve(BenchCommand.JSON)));
        JsonNode drain = document.get("measures").get(0);
        assertThat(drain.get("workload").asString()).isEqualTo("backlog-inserts");
        for (String subject : List.of("entwine", "native", "limit")) {
            assertThat(drain.get(subject).get("values").size()).as(subject).isEqualTo(1);
            assertThat(drain.get(subject).get("median").asDouble()).as(subject).isPositive();
        }
        assertThat(drain.get("ratio").asDouble())
                .isCloseTo(
                        drain.get("entwine").get("median").asDouble()
                                / drain.get("native").get("median").asDouble(),
                        org.assertj.core.data.Offset.offset(0.001));
        assertThat(DocumentBuilderFactory.newInstance()
                        .newDocumentBuilder()
                        .parse(folder.resolve(BenchCommand.SVG).toFile())
                        .getElementsByTagName("rect")
                        .getLength())
                .as("two for each workload, two in the legend")
                .isEqualTo(6);
    }

    @Test
    void sites_that_are_not_equal_fail_it_and_are_named() throws Exception {
        Scale scale = new Scale(1, List.of(planted()), 1, 1);
        int exitCode = run(scale, "--workloads", "planted", "--out", folder.toString());
        assertThat(exitCode).isEqualTo(1);
        assertThat(err.toString())
                .contains("error: planted: the sites differ: east has public.item with 1100 rows")
                .contains("west has public.item with 1100 rows");
        assertThat(Files.readString(folder.resolve(BenchCommand.JSON)))
                .contains("\"failures\"")
                .contains("the sites differ: east has public.item");
    }

    /** What replication brings is changed by a trigger on its way in. */
    private static Backlog planted() {
        String trigger = """
            CREATE TABLE item (id bigint PRIMARY KEY, a int);
            CREATE FUNCTION plant() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                NEW.a := CASE WHEN NEW.id = 77 THEN -1 ELSE NEW.a END;
                RETURN NEW;
            END $$;
            CREATE TRIGGER plant BEFORE INSERT ON item FOR EACH ROW EXECUTE FUNCTION plant();
            ALTER TABLE item ENABLE REPLICA TRIGGER plant;
            """;
        return new Backlog("planted", "one row differs", trigger, "", "INSERT INTO item VALUES (i, i)", 1, 100, 1_000);
    }

    @Test
    void wrong_usage_names_what_there_is() {
        Scale scale = Scale.quick();
        assertThat(run(scale, "--workloads", "backlog-nothing")).isEqualTo(2);
        assertThat(err.toString())
                .contains("there is no workload 'backlog-nothing'")
                .contains("backlog-inserts");
        assertThat(run(scale, "--pairs", "0")).isEqualTo(2);
        assertThat(run(scale, "--pears", "3")).isEqualTo(2);
        assertThat(run(scale, "--help")).isZero();
        assertThat(out.toString())
                .contains("--quick")
                .contains("backlog-inserts")
                .contains("size-1m");
    }

    private int run(Scale scale, String... arguments) {
        return BenchCommand.run(arguments, scale, scale, new PrintWriter(out, true), new PrintWriter(err, true));
    }
}
