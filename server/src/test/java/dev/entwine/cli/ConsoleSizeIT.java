package dev.entwine.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entwine.cli.RunningConsole.Answer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** With a hundred thousand entries in the journal and five hundred tables, whatever a view asks for is there at once. */
final class ConsoleSizeIT {
    private static final int TABLES = 500;
    private static final int ENTRIES = 100_000;
    private static final long ANSWER_MS_MAX = 300;
    /** The first ones come from disks and are not compiled; and other work may be in the way of any. */
    private static final int ATTEMPTS = 8;

    private static final List<String> VIEWS = List.of(
            "/api/status",
            "/api/history",
            "/api/conflicts?limit=50",
            "/api/conflicts?limit=50&offset=500",
            "/api/conflicts?status=open&limit=50",
            "/api/conflicts?table=public.t7&limit=50",
            "/api/conflicts?kind=update_update&site=west&since=1h&limit=50",
            "/api/conflicts?limit=40",
            "/api/tables",
            "/api/sites",
            "/api/parked",
            "/api/forecast",
            "/api/rows?table=t7&key=1",
            "/api/audit",
            "/api/jobs",
            "/metrics");

    @Test
    void every_view_has_what_it_asks_for_in_less_than_300_ms() throws Exception {
        try (Pair pair = Pair.open()) {
            StringBuilder tables = new StringBuilder();
            for (int i = 0; i < TABLES; i++) {
                tables.append("CREATE TABLE public.t%d (id int PRIMARY KEY, v text);".formatted(i));
            }
            pair.both(tables + "INSERT INTO t7 VALUES (1, 'one'), (2, 'two')");
            Pair.Result made = pair.run("init", "--equal");
            assertThat(made.exitCode()).as(made.all()).isZero();
            try (RunningConsole console = RunningConsole.on(pair)) {
                pair.both(entries());
                List<String> ids = new ArrayList<>(VIEWS);
                ids.add("/api/conflicts/" + "%032x".formatted(77));
                Map<String, Long> best = new TreeMap<>();
                for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
                    for (String path : ids) {
                        long start = System.nanoTime();
                        Answer answer = console.get(RunningConsole.OPERATOR, path);
                        long took = (System.nanoTime() - start) / 1_000_000;
                        assertThat(answer.status())
                                .as(path + ": " + answer.text())
                                .isEqualTo(200);
                        best.merge(path, took, Math::min);
                    }
                }
                assertThat(console.await(
                                        "/api/status",
                                        status -> status.path("counters")
                                                                .path("conflicts")
                                                                .asLong()
                                                        >= ENTRIES
                                                || status.path("sites")
                                                                .path("east")
                                                                .path("conflicts")
                                                                .asLong()
                                                        >= ENTRIES)
                                .path("open_conflicts")
                                .asLong())
                        .isEqualTo(ENTRIES / 1000);
                assertThat(best)
                        .allSatisfy((path, took) -> assertThat(took).as(path).isLessThan(ANSWER_MS_MAX));
                System.getLogger("sizes").log(System.Logger.Level.INFO, best.toString());
            }
        }
    }

    /** As the engine writes them, of many rows of many tables, a thousandth of them open. */
    private static String entries() {
        return """
            INSERT INTO entwine.conflict (id, at, table_schema, table_name, row_id, key, kind, policy, status, winner, vector,
                                          stamp, operation, losers, base, result, transactions, reason, finished)
            SELECT lpad(to_hex(g), 32, '0'), now() - g * interval '1 second', 'public', 't' || g %% %1$d,
                   lpad(to_hex(g %% 5000), 32, '0'), jsonb_build_object('id', (g %% 5000)::text), 'update_update', 'latest',
                   CASE WHEN g %% 1000 = 0 THEN 'open' ELSE 'decided' END, 'west', 'east=0/1,west=0/1', g, 'UPDATE',
                   jsonb_build_array(jsonb_build_object('site', 'east', 'position', '0/1', 'at', now(),
                                                        'image', jsonb_build_object('id', (g %% 5000)::text, 'v', 'lost ' || g))),
                   jsonb_build_object('id', (g %% 5000)::text, 'v', 'before ' || g),
                   jsonb_build_object('id', (g %% 5000)::text, 'v', 'stands ' || g),
                   jsonb_build_object(
                       'merged', jsonb_build_object('site', 'east', 'position', '0/1', 'at', now(), 'transaction', g,
                           'operation', 'UPDATE', 'before', jsonb_build_object('id', (g %% 5000)::text, 'v', 'before ' || g)),
                       'arriving', jsonb_build_object('site', 'west', 'position', '0/1', 'at', now(), 'transaction', g,
                           'operation', 'UPDATE')),
                   'committed later', true
            FROM generate_series(1, %2$d) g;
            ANALYZE entwine.conflict;
            """.formatted(TABLES, ENTRIES);
    }
}
