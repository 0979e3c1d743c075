package dev.entwine.cli;

import dev.entwine.config.Configuration;
import dev.entwine.config.ConsoleSettings;
import dev.entwine.config.NotifySettings;
import dev.entwine.console.Console;
import dev.entwine.console.Live;
import dev.entwine.engine.Engine;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** A pair of sites with an engine and a console in this process, and a client of its API. */
final class RunningConsole implements AutoCloseable {
    static final String VIEWER = "viewer-token-0123456789";
    static final String OPERATOR = "operator-token-0123456789";
    private static final long WAIT_SECONDS_MAX = 60;

    private final HttpClient client = HttpClient.newHttpClient();
    private final AtomicReference<@Nullable Engine> engine = new AtomicReference<>();
    private final Configuration configuration;
    private final ConsoleDesk desk;
    private Console console;
    private Live live;
    private volatile Duration later = Duration.ZERO;

    private RunningConsole(Configuration configuration) throws Exception {
        this.configuration = configuration;
        startEngine();
        desk = new ConsoleDesk(new Context(QuietTerminal.make(), new Environment(Map.of())), configuration);
        live = samples();
        console = console(0);
    }

    private Live samples() {
        return new Live(() -> Optional.ofNullable(engine.get()), desk, NotifySettings.NOBODY, 1);
    }

    private Console console(int port) throws IOException {
        ConsoleSettings settings = new ConsoleSettings(
                true, "127.0.0.1", port, Optional.empty(), Optional.of(VIEWER), Optional.of(OPERATOR));
        return Console.start(
                settings,
                () -> Optional.ofNullable(engine.get()),
                desk,
                live,
                () -> Instant.now().plus(later));
    }

    /** The pair is initialized already. */
    static RunningConsole on(Pair pair) throws Exception {
        return new RunningConsole(Configuration.load(pair.configuration(), Map.of("PASSWORD", Pair.PASSWORD)));
    }

    void startEngine() throws Exception {
        engine.set(Engine.start(configuration, "here", text -> {}));
    }

    void stopEngine() {
        Engine running = engine.getAndSet(null);
        if (running != null) {
            running.close();
        }
    }

    Engine engine() {
        Engine running = engine.get();
        if (running == null) {
            throw new IllegalStateException("no engine runs");
        }
        return running;
    }

    /** Sessions think that it is later. */
    void letPass(Duration time) {
        later = later.plus(time);
    }

    int port() {
        return console.port();
    }

    String url(String path) {
        return "http://127.0.0.1:" + port() + path;
    }

    String invitation() {
        return console.invitation();
    }

    /** What came back. */
    record Answer(int status, String text, HttpResponse<String> response) {
        JsonNode json() {
            return Json.parse(text);
        }
    }

    Answer send(HttpRequest.Builder request) throws Exception {
        HttpResponse<String> response = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
        return new Answer(response.statusCode(), response.body(), response);
    }

    HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(url(path))).timeout(Duration.ofSeconds(30));
    }

    Answer get(String token, String path) throws Exception {
        return send(request(path).header("Authorization", "Bearer " + token));
    }

    Answer post(String token, String path, String body) throws Exception {
        return send(request(path)
                .header("Authorization", "Bearer " + token)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    /** Asks as an operator until the answer is as wanted. */
    JsonNode await(String path, java.util.function.Predicate<JsonNode> wanted) throws Exception {
        long giveUpNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(WAIT_SECONDS_MAX);
        while (true) {
            Answer answer = get(OPERATOR, path);
            if (answer.status() == 200 && wanted.test(answer.json())) {
                return answer.json();
            }
            if (System.nanoTime() > giveUpNanos) {
                throw new AssertionError(path + " is not as wanted: " + answer.text());
            }
            Thread.sleep(50);
        }
    }

    void stopConsole() {
        live.close();
        console.close();
    }

    /** Another one, which knows nobody yet. */
    void startConsole(int port) throws IOException {
        live = samples();
        console = console(port);
    }

    @Override
    public void close() {
        stopConsole();
        stopEngine();
    }
}
