package dev.entwine.console;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.entwine.config.NotifySettings;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** What is told, when, and that it arrives: at a real web server and at a real program. */
final class NotifierTest {
    private static final NotifySettings SETTINGS =
            new NotifySettings(Optional.empty(), List.of("unused"), Duration.ofSeconds(30));

    private final List<String> told = new ArrayList<>();
    private final Notifier notifier = new Notifier(
            SETTINGS,
            1_000,
            notice -> told.add(
                    notice.path("event").asString() + " " + notice.path("state").asString()));

    private static ObjectNode sample() {
        ObjectNode sample = JsonNodeFactory.instance.objectNode();
        sample.put("engine", true).put("at", "2026-11-30T10:00:00Z");
        sample.putArray("links")
                .addObject()
                .put("from", "east")
                .put("to", "west")
                .put("state", "streaming")
                .put("lag_ms", 5);
        return sample;
    }

    private static ObjectNode withLink(String state, long lagMs) {
        ObjectNode sample = sample();
        ((ObjectNode) sample.path("links").path(0)).put("state", state).put("lag_ms", lagMs);
        return sample;
    }

    @Test
    void what_a_guard_asks_is_told_of_the_site_and_not_as_a_link_that_is_down() {
        ObjectNode sample = withLink("paused", 5);
        sample.putArray("guards").addObject().put("site", "east").put("what", "deletes of public.t: 50 rows");
        look(sample, 5);
        assertThat(told).containsExactly("guard begins");
        look(sample(), 20);
        assertThat(told).containsExactly("guard begins", "guard ends");
    }

    private void look(JsonNode sample, int times) {
        for (int i = 0; i < times; i++) {
            notifier.look(sample);
        }
    }

    @Test
    void what_is_well_is_not_told() {
        look(sample(), 50);
        assertThat(told).isEmpty();
    }

    @Test
    void each_thing_is_told_once_when_it_begins_and_once_when_it_has_ended() {
        ObjectNode amiss = sample();
        amiss.put("open_conflicts", 2).put("parked", 1).put("differences", 3);
        look(amiss, 20);
        assertThat(told).containsExactlyInAnyOrder("open_conflicts begins", "parked begins", "differences begins");
        told.clear();
        look(sample(), 30);
        assertThat(told).containsExactlyInAnyOrder("open_conflicts ends", "parked ends", "differences ends");
    }

    @Test
    void what_lasts_for_a_moment_is_not_told_and_a_gap_ends_nothing() {
        look(withLink("down", 0), 2);
        look(sample(), 1);
        look(withLink("down", 0), 2);
        assertThat(told).isEmpty();
        look(withLink("down", 0), 1);
        look(sample(), 5);
        look(withLink("down", 0), 5);
        assertThat(told).containsExactly("link_down begins");
    }

    @Test
    void lag_above_the_bound_and_a_spool_that_fills_are_told() {
        look(withLink("streaming", 30_000), 10);
        assertThat(told).isEmpty();
        look(withLink("streaming", 30_001), 10);
        assertThat(told).containsExactly("lag begins");
        told.clear();
        look(sample().put("spool_file_bytes", 499), 10);
        look(sample().put("spool_file_bytes", 500), 10);
        look(sample().put("spool_file_bytes", 800), 10);
        assertThat(told).containsExactly("lag ends", "spool_50 begins", "spool_80 begins");
    }

    @Test
    void an_engine_that_does_not_run_is_told() {
        look(JsonNodeFactory.instance.objectNode().put("engine", false), 3);
        assertThat(told).containsExactly("engine_stopped begins");
    }

    @Test
    void a_webhook_gets_it_though_it_fails_at_first_and_so_does_a_command(@TempDir Path folder) throws Exception {
        LinkedBlockingQueue<String> got = new LinkedBlockingQueue<>();
        AtomicInteger attempts = new AtomicInteger();
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/hook", exchange -> {
            String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            boolean fails = attempts.incrementAndGet() == 1;
            exchange.sendResponseHeaders(fails ? 500 : 204, -1);
            exchange.close();
            if (!fails) {
                got.add(body);
            }
        });
        server.start();
        Path file = folder.resolve("got");
        try {
            NotifySettings settings = new NotifySettings(
                    Optional.of("http://127.0.0.1:" + server.getAddress().getPort() + "/hook"),
                    List.of("sh", "-c", "cat > " + file + ".part && mv " + file + ".part " + file),
                    Duration.ofSeconds(30));
            Notifier real = new Notifier(settings, 1_000, new NoticeDelivery(settings));
            for (int i = 0; i < 3; i++) {
                real.look(withLink("paused", 0));
            }
            JsonNode hook = parse(got.poll(30, TimeUnit.SECONDS));
            assertThat(hook.path("event").asString()).isEqualTo("link_down");
            assertThat(hook.path("link").asString()).isEqualTo("east to west");
            assertThat(hook.path("what").asString()).contains("paused");
            assertThat(attempts.get()).isEqualTo(2);
            while (!Files.exists(file)) {
                Thread.sleep(20);
            }
            assertThat(parse(Files.readString(file))).isEqualTo(hook);
        } finally {
            server.stop(0);
        }
    }

    private static JsonNode parse(String text) {
        assertThat(text).isNotNull();
        return JsonMapper.builder().build().readTree(text);
    }
}
