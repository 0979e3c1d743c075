package dev.entwine.cli;

import static dev.entwine.cli.RunningConsole.OPERATOR;
import static dev.entwine.cli.RunningConsole.VIEWER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.entwine.cli.RunningConsole.Answer;
import dev.entwine.config.Configuration;
import dev.entwine.config.ConsoleSettings;
import dev.entwine.engine.Measurements;
import dev.entwine.model.SiteId;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import tools.jackson.databind.JsonNode;

/** The HTTP API of a real engine, from outside. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ConsoleIT {
    private static final String JSON = "application/json";

    private Pair pair;
    private RunningConsole console;

    @BeforeAll
    void start() throws Exception {
        pair = Pair.open();
        pair.both("CREATE TABLE public.item (id int PRIMARY KEY, name text, n int NOT NULL DEFAULT 0);"
                + "ALTER TABLE public.item REPLICA IDENTITY FULL");
        pair.east("INSERT INTO public.item SELECT i, 'secret value ' || i FROM generate_series(1, 50) i");
        assertThat(pair.run("init", "--copy-from", "east").exitCode()).isZero();
        console = RunningConsole.on(pair);
    }

    @AfterAll
    void stop() throws SQLException {
        console.close();
        pair.close();
    }

    /** Changes a row at both sites at the same time: neither has seen the other's. */
    private String collide(int id, String east, String west) throws Exception {
        try (Connection one = pair.server("east").connect(pair.database());
                Connection other = pair.server("west").connect(pair.database());
                Statement first = one.createStatement();
                Statement second = other.createStatement()) {
            one.setAutoCommit(false);
            other.setAutoCommit(false);
            first.execute("UPDATE public.item SET name = '" + east.replace("'", "''") + "' WHERE id = " + id);
            second.execute("UPDATE public.item SET name = '" + west.replace("'", "''") + "' WHERE id = " + id);
            one.commit();
            other.commit();
        }
        JsonNode found = console.await(
                "/api/conflicts?limit=500", document -> idOf(document, id).isString());
        inStep();
        return idOf(found, id).asString();
    }

    private static JsonNode idOf(JsonNode document, int key) {
        for (JsonNode entry : document.path("entries")) {
            if (entry.path("key").path("id").asString("").equals(Integer.toString(key))) {
                return entry.path("id");
            }
        }
        return document.path("none");
    }

    private void inStep() throws Exception {
        Pair.Result waited = pair.run("wait");
        assertThat(waited.exitCode()).as(waited.all()).isZero();
    }

    @Test
    void what_was_captured_is_accounted_for_at_every_moment() throws Exception {
        Measurements before = console.engine().measurements();
        CompletableFuture<Void> east = CompletableFuture.runAsync(() -> write("east"));
        CompletableFuture<Void> west = CompletableFuture.runAsync(() -> write("west"));
        int looks = 0;
        while (!east.isDone() || !west.isDone()) {
            requireAccounted(console.engine().measurements());
            looks++;
            Thread.sleep(5);
        }
        east.join();
        west.join();
        inStep();
        Measurements after = console.engine().measurements();
        requireAccounted(after);
        assertThat(looks).isGreaterThan(10);
        after.captured()
                .keySet()
                .forEach(site -> assertThat(after.captured(site) - before.captured(site))
                        .as("captured at " + site)
                        .isEqualTo(3 * 300));
        assertThat(after.links()).allSatisfy(link -> {
            assertThat(link.inFlight()).isZero();
            assertThat(link.folded()).isGreaterThanOrEqualTo(300);
            assertThat(link.applied()).isPositive();
        });
        assertThat(after.links().stream().mapToLong(Measurements.Link::lost).sum())
                .isPositive();
        assertThat(after.conflicts().keySet())
                .allMatch(decided -> decided.policy().equals("latest"));
    }

    /** Rows that one site changes, the other one, and both: then the later version stands. */
    @Test
    void each_change_is_counted_as_what_has_become_of_it() throws Exception {
        Measurements before = console.engine().measurements();
        List<SiteId> sites = List.of(new SiteId("east"), new SiteId("west"));
        try {
            sites.forEach(site -> console.engine().pause(site, true));
            for (int id = 44; id <= 47; id++) {
                pair.east("UPDATE public.item SET name = 'of east' WHERE id = " + id);
            }
            for (int id = 46; id <= 50; id++) {
                pair.west("UPDATE public.item SET name = 'of west' WHERE id = " + id);
            }
            for (int look = 0;
                    captured(sites) - sites.stream().mapToLong(before::captured).sum() < 9;
                    look++) {
                assertThat(look).as("looks for the nine changes").isLessThan(1_000);
                Thread.sleep(10);
            }
            assertThat(pair.value("west", "SELECT name FROM public.item WHERE id = 44"))
                    .as("while both are paused")
                    .isNotEqualTo("of east");
        } finally {
            sites.forEach(site -> console.engine().pause(site, false));
        }
        inStep();
        assertThat(fates(before, sites.getFirst())).isEqualTo("applied 2, superseded 0, lost 2");
        assertThat(fates(before, sites.getLast())).isEqualTo("applied 5, superseded 0, lost 0");
    }

    private long captured(List<SiteId> sites) {
        return sites.stream()
                .mapToLong(console.engine().measurements()::captured)
                .sum();
    }

    private String fates(Measurements before, SiteId from) {
        Measurements.Link then = link(before, from);
        Measurements.Link now = link(console.engine().measurements(), from);
        return "applied %d, superseded %d, lost %d"
                .formatted(
                        now.applied() - then.applied(), now.superseded() - then.superseded(), now.lost() - then.lost());
    }

    private static Measurements.Link link(Measurements all, SiteId from) {
        return all.links().stream()
                .filter(link -> link.from().equals(from))
                .findFirst()
                .orElseThrow();
    }

    /** Each transaction changes one row of few twice, and another one. */
    private void write(String site) {
        try (Connection connection = pair.server(site).connect(pair.database());
                Statement statement = connection.createStatement()) {
            for (int i = 0; i < 300; i++) {
                statement.execute("UPDATE public.item SET n = n + 1 WHERE id = " + (21 + i % 3)
                        + "; UPDATE public.item SET n = n + 1 WHERE id = " + (21 + i % 3)
                        + "; UPDATE public.item SET n = n + 1 WHERE id = " + (24 + i % 20));
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void requireAccounted(Measurements all) {
        for (Measurements.Link link : all.links()) {
            assertThat(link.folded()
                            + link.applied()
                            + link.superseded()
                            + link.lost()
                            + link.present()
                            + link.parked()
                            + link.inFlight())
                    .as("what became of the changes of " + link)
                    .isEqualTo(all.captured(link.from()) + link.uses() + link.redelivered());
        }
    }

    @Test
    void metrics_and_probes_need_no_token_and_say_no_values() throws Exception {
        collide(3, "metric east", "metric west");
        Answer metrics = console.send(console.request("/metrics"));
        assertThat(metrics.status()).isEqualTo(200);
        assertThat(metrics.text())
                .contains("entwine_captured_changes_total{site=\"east\",table=\"public.item\"} ")
                .contains("# TYPE entwine_link_latency_seconds histogram")
                .contains("entwine_conflicts_total{")
                .doesNotContain("metric east", "metric west", Pair.PASSWORD);
        for (String line : metrics.text().lines().toList()) {
            assertThat(line).matches("# (HELP|TYPE) entwine_[a-z_]+ .+|entwine_[a-z_]+(\\{.*})? [-+0-9.eE]+");
        }
        assertThat(console.send(console.request("/health")).json().path("alive").asBoolean())
                .isTrue();
        assertThat(console.send(console.request("/ready")).status()).isEqualTo(200);
    }

    @Test
    void every_answer_carries_the_headers_that_keep_other_pages_out() throws Exception {
        for (String path : List.of("/", "/health", "/api/status", "/nothing")) {
            Answer answer = console.send(console.request(path));
            assertThat(answer.response().headers().firstValue("Content-Security-Policy"))
                    .hasValueSatisfying(policy -> assertThat(policy)
                            .contains("default-src 'none'", "frame-ancestors 'none'")
                            .doesNotContain("unsafe"));
            assertThat(answer.response().headers().firstValue("X-Content-Type-Options"))
                    .contains("nosniff");
        }
    }

    @Test
    void without_a_token_nothing_is_shown_and_nothing_done() throws Exception {
        for (String path : List.of(
                "/api/status",
                "/api/conflicts",
                "/api/tables",
                "/api/sites",
                "/api/parked",
                "/api/audit",
                "/api/events",
                "/api/history",
                "/api/forecast",
                "/api/jobs",
                "/api/rows?table=item&key=1",
                "/api/session")) {
            assertThat(console.send(console.request(path)).status()).as(path).isEqualTo(401);
            assertThat(console.get("wrong-token-0123456789", path).status())
                    .as(path)
                    .isEqualTo(401);
        }
        Answer answer = console.send(console.request("/api/sites/west/pause")
                .header("Content-Type", JSON)
                .POST(HttpRequest.BodyPublishers.noBody()));
        assertThat(answer.status()).isEqualTo(401);
    }

    @Test
    void a_viewer_sees_no_values_and_does_nothing() throws Exception {
        String id = collide(4, "concealed east", "concealed west");
        assertThat(console.get(OPERATOR, "/api/conflicts/" + id).text()).contains("concealed east", "concealed west");
        for (String path :
                List.of("/api/conflicts", "/api/conflicts/" + id, "/api/status", "/api/tables", "/api/history")) {
            Answer answer = console.get(VIEWER, path);
            assertThat(answer.status()).as(path).isEqualTo(200);
            assertThat(answer.text()).as(path).doesNotContain("concealed", "secret value", Pair.PASSWORD);
        }
        assertThat(console.get(VIEWER, "/api/rows?table=item&key=4").status()).isEqualTo(403);
        assertThat(console.get(VIEWER, "/api/audit").status()).isEqualTo(403);
        String undo = "{\"action\":\"undo\",\"ids\":[\"" + id + "\"]}";
        assertThat(console.post(VIEWER, "/api/conflicts/decide", undo).status()).isEqualTo(403);
        assertThat(console.post(VIEWER, "/api/sites/west/pause", "{}").status()).isEqualTo(403);
        assertThat(console.get(OPERATOR, "/api/conflicts/" + id)
                        .json()
                        .path("status")
                        .asString())
                .isEqualTo("decided");
        assertThat(console.get(OPERATOR, "/api/audit").text()).contains("viewer-token", "needs the role operator");
    }

    @Test
    void the_loser_is_brought_back_and_kept_again() throws Exception {
        String id = collide(5, "five east", "five west");
        JsonNode entry = console.get(OPERATOR, "/api/conflicts/" + id).json();
        String loser = entry.path("losers").path(0).path("site").asString();
        Answer undone =
                console.post(OPERATOR, "/api/conflicts/decide", "{\"action\":\"undo\",\"ids\":[\"" + id + "\"]}");
        assertThat(undone.status()).as(undone.text()).isEqualTo(200);
        assertThat(undone.json().path("outcomes").path(0).path("stands").asString())
                .isEqualTo(loser);
        inStep();
        for (String site : List.of("east", "west")) {
            assertThat(pair.value(site, "SELECT name FROM public.item WHERE id = 5"))
                    .isEqualTo("five " + loser);
        }
        String winner = entry.path("winner").asString();
        String keep = "{\"action\":\"keep\",\"site\":\"" + winner + "\",\"ids\":[\"" + id + "\"]}";
        assertThat(console.post(OPERATOR, "/api/conflicts/decide", keep)
                        .json()
                        .path("outcomes")
                        .path(0)
                        .path("done")
                        .asBoolean())
                .isTrue();
        inStep();
        assertThat(pair.value("east", "SELECT name FROM public.item WHERE id = 5"))
                .isEqualTo("five " + winner);
        JsonNode revisions =
                console.get(OPERATOR, "/api/conflicts/" + id).json().path("revisions");
        assertThat(revisions.size()).isEqualTo(2);
        assertThat(revisions.path(0).path("by").asString()).contains("operator-token at the console of", "as postgres");
    }

    @Test
    void what_comes_from_another_page_is_refused() throws Exception {
        RunningConsole.Answer opened = open();
        String cookie = cookie(opened);
        String csrf = opened.json().path("csrf").asString();
        assertThat(pause(cookie, csrf, Map.of("Origin", "http://evil.example")).status())
                .isEqualTo(403);
        assertThat(pause(cookie, csrf, Map.of("Origin", "null")).status()).isEqualTo(403);
        assertThat(pause(cookie, csrf, Map.of("Sec-Fetch-Site", "cross-site")).status())
                .isEqualTo(403);
        assertThat(pause(cookie, "", Map.of()).status()).isEqualTo(403);
        assertThat(pause(cookie, "wrong", Map.of()).status()).isEqualTo(403);
        assertThat(console.send(console.request("/api/sites/west/pause").header("Cookie", cookie))
                        .status())
                .as("a GET changes nothing")
                .isEqualTo(405);
        assertThat(raw("GET /api/status HTTP/1.1\r\nHost: evil.example:" + console.port() + "\r\nCookie: " + cookie
                        + "\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 421");
        assertThat(console.engine().status().links())
                .noneMatch(link -> link.state().equals("paused"));
        assertThat(pause(cookie, csrf, Map.of("Origin", "http://127.0.0.1:" + console.port()))
                        .status())
                .isEqualTo(200);
        assertThat(console.engine().status().links())
                .anyMatch(link -> link.state().equals("paused"));
        assertThat(console.post(OPERATOR, "/api/sites/west/resume", "").status())
                .isEqualTo(200);
    }

    private Answer open() throws Exception {
        String link = console.invitation();
        String token = link.substring(link.indexOf("#setup=") + "#setup=".length());
        Answer opened = open(token);
        assertThat(opened.status()).isEqualTo(200);
        assertThat(open(token).status()).as("an invitation is used once").isEqualTo(401);
        return opened;
    }

    private Answer open(String token) throws Exception {
        return console.send(console.request("/api/session")
                .header("Content-Type", JSON)
                .POST(HttpRequest.BodyPublishers.ofString("{\"token\":\"" + token + "\"}")));
    }

    private static String cookie(Answer opened) {
        String set = opened.response().headers().firstValue("Set-Cookie").orElseThrow();
        assertThat(set).contains("HttpOnly", "SameSite=Strict");
        return set.substring(0, set.indexOf(';'));
    }

    private Answer pause(String cookie, String csrf, Map<String, String> headers) throws Exception {
        HttpRequest.Builder request = console.request("/api/sites/west/pause")
                .header("Cookie", cookie)
                .header("Content-Type", JSON)
                .POST(HttpRequest.BodyPublishers.ofString("{}"));
        if (!csrf.isEmpty()) {
            request.header("X-Entwine-Csrf", csrf);
        }
        headers.forEach(request::header);
        return console.send(request);
    }

    private String raw(String request) throws Exception {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), console.port());
                InputStream in = socket.getInputStream()) {
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void a_session_ends_and_so_does_an_invitation_that_nobody_used() throws Exception {
        String cookie = cookie(open());
        String link = console.invitation();
        assertThat(console.send(console.request("/api/status").header("Cookie", cookie))
                        .status())
                .isEqualTo(200);
        console.letPass(Duration.ofHours(13));
        assertThat(console.send(console.request("/api/status").header("Cookie", cookie))
                        .status())
                .isEqualTo(401);
        assertThat(open(link.substring(link.indexOf('=') + 1)).status()).isEqualTo(401);
    }

    @Test
    void wrong_bodies_are_refused_with_the_reason() throws Exception {
        String path = "/api/conflicts/decide";
        assertThat(console.post(OPERATOR, path, "x".repeat(2 * 1024 * 1024)).status())
                .isEqualTo(413);
        assertThat(console.post(OPERATOR, path, "{").status()).isEqualTo(400);
        assertThat(console.post(OPERATOR, path, "[]").status()).isEqualTo(400);
        assertThat(console.post(OPERATOR, path, "{\"action\":\"drop\",\"ids\":[\"1\"]}")
                        .json()
                        .path("error")
                        .asString())
                .contains("action is keep with a site, or undo or as_is without one");
        assertThat(console.post(OPERATOR, path, "{\"action\":\"undo\",\"ids\":[7]}")
                        .status())
                .isEqualTo(400);
        assertThat(console.post(OPERATOR, path, "{\"action\":\"undo\",\"ids\":[\"'; DROP TABLE x\"]}")
                        .status())
                .isEqualTo(503);
        Answer form = console.send(console.request(path)
                .header("Authorization", "Bearer " + OPERATOR)
                .header("Content-Type", "text/plain")
                .POST(HttpRequest.BodyPublishers.ofString("{}")));
        assertThat(form.status()).isEqualTo(415);
        assertThat(console.get(OPERATOR, "/api/conflicts?kind=strange")
                        .json()
                        .path("error")
                        .asString())
                .contains("there is no 'strange'");
        assertThat(console.get(OPERATOR, "/api/conflicts?limit=-1").status()).isEqualTo(400);
        assertThat(console.get(OPERATOR, "/../../etc/passwd").status()).isIn(400, 404);
    }

    @Test
    void a_row_is_written_as_somebody_wants_it_unless_it_has_moved_on() throws Exception {
        String id = collide(7, "seven east", "seven west");
        String path = "/api/conflicts/" + id + "/edit";
        for (String wrong : List.of("{\"id\":\"9\"}", "{\"nothing\":\"x\"}", "{\"name\":5}", "{}")) {
            Answer answer = console.post(OPERATOR, path, "{\"values\":" + wrong + "}");
            assertThat(answer.json().path("outcomes").path(0).path("done").asBoolean(true))
                    .as(answer.text())
                    .isFalse();
        }
        assertThat(console.post(VIEWER, path, "{\"values\":{\"name\":\"x\"}}").status())
                .isEqualTo(403);
        String edit = "{\"values\":{\"name\":\"both of them\"}}";
        Answer done = console.post(OPERATOR, path, edit);
        assertThat(done.json().path("outcomes").path(0).path("done").asBoolean())
                .as(done.text())
                .isTrue();
        inStep();
        for (String site : List.of("east", "west")) {
            assertThat(pair.value(site, "SELECT name FROM public.item WHERE id = 7"))
                    .isEqualTo("both of them");
        }
        Answer again = console.post(OPERATOR, path, edit);
        assertThat(again.json().path("outcomes").path(0).path("why").asString()).contains("the row has moved on since");
    }

    @Test
    void an_address_that_is_taken_keeps_no_engine_from_running() throws Exception {
        Context context = new Context(QuietTerminal.make(), new Environment(Map.of()));
        Configuration configuration = Configuration.load(pair.configuration(), Map.of("PASSWORD", Pair.PASSWORD));
        List<String> said = new ArrayList<>();
        try (ConsoleSwitch first = new ConsoleSwitch(context, said::add);
                ConsoleSwitch second = new ConsoleSwitch(context, said::add)) {
            first.on(configuration, ConsoleSettings.DEFAULT.at(0));
            assertThat(said.getFirst()).contains("console: http://127.0.0.1:" + first.port() + "/#setup=");
            second.on(configuration, ConsoleSettings.DEFAULT.at(first.port()));
            assertThat(said.getLast()).contains("there is none", "127.0.0.1:" + first.port(), "set console.listen");
            assertThat(second.port()).isZero();
        }
    }

    @Test
    void the_forecast_tells_what_the_engine_has_seen() throws Exception {
        collide(6, "six east", "six west");
        JsonNode document = console.await(
                "/api/forecast?cut_seconds=60", found -> found.path("tables").size() > 0);
        assertThat(document.path("tables").path(0).path("table").asString()).isEqualTo("public.item");
        assertThat(document.path("cut").path("rows").asDouble()).isPositive();
        Pair.Result printed = pair.run("forecast", "--cut", "1m", "--json");
        assertThat(printed.exitCode()).as(printed.all()).isZero();
        assertThat(printed.json().path("cut").path("for_ms").asLong()).isEqualTo(60_000);
        assertThat(printed.json().path("advice").path(0).path("table").asString())
                .isEqualTo("public.item");
        assertThat(pair.run("forecast").out()).contains("collisions an hour are to be expected", "public.item");
        Pair.Result formula =
                Pair.runAs(Map.of(), "forecast", "--rate", "100", "--rows", "10000", "--latency", "50ms", "--json");
        assertThat(formula.json().path("collisions_per_hour").asDouble()).isEqualTo(90, within(1e-9));
        assertThat(Pair.runAs(Map.of(), "forecast", "--rate", "100").exitCode()).isEqualTo(2);
        assertThat(Pair.runAs(Map.of(), "forecast").exitCode()).isEqualTo(2);
    }

    @Test
    void the_document_of_the_api_names_every_operation() throws Exception {
        JsonNode document = console.send(console.request("/api/openapi.json")).json();
        assertThat(document.path("openapi").asString()).startsWith("3.1");
        assertThat(document.path("paths").propertyNames())
                .contains("/api/status", "/api/conflicts/{id}", "/api/conflicts/decide", "/api/sites/{site}/pause");
        assertThat(document.path("paths")
                        .path("/api/conflicts/{id}")
                        .path("get")
                        .path("parameters")
                        .path(0)
                        .path("in")
                        .asString())
                .isEqualTo("path");
    }
}
