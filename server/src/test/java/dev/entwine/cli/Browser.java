package dev.entwine.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A Chromium without a window, steered by its own protocol over a web socket. Clicks and keys are those of a person: at a place, and to what
 * has the focus. Used by one thread.
 */
final class Browser implements AutoCloseable {
    private static final long ANSWER_SECONDS_MAX = 30;
    private static final long WAIT_SECONDS_MAX = 30;
    private static final long STILL_MS = 100;

    private final Process process;
    private final Path profile;
    private final WebSocket socket;
    private final Map<Integer, CompletableFuture<JsonNode>> asked = new ConcurrentHashMap<>();
    private final AtomicInteger number = new AtomicInteger();
    /** What the page has complained of: errors of scripts, and what the policy of the page has kept out. */
    private final List<String> complaints = new CopyOnWriteArrayList<>();

    private final String session;

    private Browser(Path chromium) throws Exception {
        profile = Files.createTempDirectory("entwine-browser-");
        process = new ProcessBuilder(
                        chromium.toString(),
                        "--headless=new",
                        "--no-sandbox",
                        "--disable-gpu",
                        "--disable-dev-shm-usage",
                        "--no-first-run",
                        "--disable-background-networking",
                        "--remote-debugging-port=0",
                        "--user-data-dir=" + profile,
                        "about:blank")
                .redirectErrorStream(true)
                .start();
        socket = HttpClient.newHttpClient()
                .newWebSocketBuilder()
                .buildAsync(URI.create(address(process)), new Answers())
                .get(ANSWER_SECONDS_MAX, TimeUnit.SECONDS);
        String target = ask("", "Target.createTarget", Json.object().put("url", "about:blank"))
                .path("targetId")
                .asString();
        session = ask(
                        "",
                        "Target.attachToTarget",
                        Json.object().put("targetId", target).put("flatten", true))
                .path("sessionId")
                .asString();
        for (String domain : List.of("Page", "Runtime", "Log")) {
            ask(domain + ".enable", Json.object());
        }
        size(1280, 900);
    }

    /** Where it is on this machine. */
    static Optional<Path> installed() {
        return Stream.of(String.valueOf(System.getenv("PATH")).split(":", -1))
                .flatMap(folder -> Stream.of("chromium", "chromium-browser", "google-chrome")
                        .map(name -> Path.of(folder, name)))
                .filter(Files::isExecutable)
                .findFirst();
    }

    static Browser start() throws Exception {
        return new Browser(installed().orElseThrow());
    }

    private static String address(Process process) throws IOException {
        BufferedReader reader = process.inputReader(StandardCharsets.UTF_8);
        List<String> said = new ArrayList<>();
        for (String line = reader.readLine(); line != null; line = reader.readLine()) {
            said.add(line);
            if (line.startsWith("DevTools listening on ")) {
                Thread.ofVirtual().start(() -> reader.lines().forEach(ignored -> {}));
                return line.substring("DevTools listening on ".length()).strip();
            }
        }
        throw new IOException("the browser has not started: " + said);
    }

    /** Takes what comes over the socket, in parts. */
    private final class Answers implements WebSocket.Listener {
        private final StringBuilder text = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {
            text.append(part);
            if (last) {
                JsonNode message = Json.parse(text.toString());
                text.setLength(0);
                CompletableFuture<JsonNode> waiting =
                        asked.remove(message.path("id").asInt(-1));
                if (waiting != null) {
                    waiting.complete(message);
                } else {
                    note(message);
                }
            }
            from.request(1);
            return CompletableFuture.completedFuture(null);
        }
    }

    private void note(JsonNode event) {
        JsonNode parameters = event.path("params");
        switch (event.path("method").asString("")) {
            case "Runtime.exceptionThrown" ->
                complaints.add(parameters.path("exceptionDetails").toString());
            case "Log.entryAdded" -> {
                JsonNode entry = parameters.path("entry");
                boolean network = entry.path("source").asString("").equals("network");
                if (entry.path("level").asString("").equals("error") && !network) {
                    complaints.add(entry.path("text").asString(""));
                }
            }
            default -> {}
        }
    }

    private JsonNode ask(String method, ObjectNode parameters) throws Exception {
        return ask(session, method, parameters);
    }

    private JsonNode ask(String of, String method, ObjectNode parameters) throws Exception {
        int id = number.incrementAndGet();
        CompletableFuture<JsonNode> answer = new CompletableFuture<>();
        asked.put(id, answer);
        ObjectNode message = Json.object().put("id", id).put("method", method);
        message.set("params", parameters);
        if (!of.isEmpty()) {
            message.put("sessionId", of);
        }
        socket.sendText(message.toString(), true).get(ANSWER_SECONDS_MAX, TimeUnit.SECONDS);
        JsonNode result = answer.get(ANSWER_SECONDS_MAX, TimeUnit.SECONDS);
        if (result.has("error")) {
            throw new IOException(method + ": " + result.path("error"));
        }
        return result.path("result");
    }

    void open(String url) throws Exception {
        ask("Page.navigate", Json.object().put("url", url));
    }

    void size(int width, int height) throws Exception {
        ask(
                "Emulation.setDeviceMetricsOverride",
                Json.object()
                        .put("width", width)
                        .put("height", height)
                        .put("deviceScaleFactor", 1)
                        .put("mobile", width < 600));
    }

    void dark(boolean dark) throws Exception {
        ObjectNode media = Json.object();
        media.putArray("features")
                .addObject()
                .put("name", "prefers-color-scheme")
                .put("value", dark ? "dark" : "light");
        ask("Emulation.setEmulatedMedia", media);
    }

    /** The value of an expression, as text. */
    String value(String expression) throws Exception {
        JsonNode result = ask(
                "Runtime.evaluate",
                Json.object()
                        .put("expression", expression)
                        .put("returnByValue", true)
                        .put("awaitPromise", true));
        if (result.has("exceptionDetails")) {
            throw new IOException(expression + ": " + result.path("exceptionDetails"));
        }
        JsonNode value = result.path("result").path("value");
        return value.isString() ? value.asString() : value.toString();
    }

    String text() throws Exception {
        return value("document.body.innerText");
    }

    /** Waits until an expression is true. */
    void await(String expression) throws Exception {
        long giveUpNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(WAIT_SECONDS_MAX);
        while (!isTrue(expression)) {
            if (System.nanoTime() > giveUpNanos) {
                throw new AssertionError("not true after " + WAIT_SECONDS_MAX + " s: " + expression
                        + "\nthe page shows: " + text() + "\nand complains: " + complaints);
            }
            Thread.sleep(50);
        }
    }

    /** While a page comes, what is looked for may not be there to be asked. */
    private boolean isTrue(String expression) throws Exception {
        return value("(() => { try { return !!(" + expression + "); } catch { return false; } })()")
                .equals("true");
    }

    void awaitText(String text) throws Exception {
        await("document.body?.innerText.includes(" + quoted(text) + ")");
    }

    private static String quoted(String text) {
        return Json.array().add(text).toString().replaceFirst("^\\[", "").replaceFirst("]$", "");
    }

    /** Clicks with the mouse in the middle of the first button or link whose text begins so; waits for it. */
    void click(String text) throws Exception {
        clickAt("[...document.querySelectorAll('button, a, summary')].find(e => e.offsetParent &&"
                + " e.innerText.trim().startsWith("
                + quoted(text) + "))");
    }

    /** The same of the element that an expression gives. Waits until it stands still, as somebody does who aims at it. */
    void clickAt(String element) throws Exception {
        await("(() => { const e = " + element + "; return e && !e.disabled; })()");
        String look = "(() => { const e = " + element + "; if (!e || e.disabled) return '';"
                + " e.scrollIntoView({block: 'center'}); const r = e.getBoundingClientRect();"
                + " return JSON.stringify([r.x + r.width / 2, r.y + r.height / 2]); })()";
        long giveUpNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(WAIT_SECONDS_MAX);
        String seen = value(look);
        for (String before = ""; seen.isEmpty() || !seen.equals(before); ) {
            if (System.nanoTime() > giveUpNanos) {
                throw new AssertionError("it does not stand still: " + element + "\nthe page shows: " + text());
            }
            before = seen;
            Thread.sleep(STILL_MS);
            seen = value(look);
        }
        JsonNode point = Json.parse(seen);
        for (String type : List.of("mousePressed", "mouseReleased")) {
            ask(
                    "Input.dispatchMouseEvent",
                    Json.object()
                            .put("type", type)
                            .put("x", point.path(0).asDouble())
                            .put("y", point.path(1).asDouble())
                            .put("button", "left")
                            .put("clickCount", 1));
        }
    }

    /** Presses a key, such as Tab or Enter. */
    void press(String key, int code) throws Exception {
        for (String type : List.of("keyDown", "keyUp")) {
            ObjectNode event = Json.object().put("type", type).put("key", key).put("windowsVirtualKeyCode", code);
            if (type.equals("keyDown") && key.equals("Enter")) {
                event.put("text", "\r");
            }
            ask("Input.dispatchKeyEvent", event);
        }
    }

    void type(String text) throws Exception {
        ask("Input.insertText", Json.object().put("text", text));
    }

    void screenshot(Path file) throws Exception {
        JsonNode shot = ask("Page.captureScreenshot", Json.object().put("format", "png"));
        Files.createDirectories(file.toAbsolutePath().getParent());
        Files.write(file, Base64.getDecoder().decode(shot.path("data").asString()));
    }

    /** Forgets who was signed in. */
    void forget() throws Exception {
        ask("Network.clearBrowserCookies", Json.object());
        open("about:blank");
    }

    List<String> complaints() {
        return List.copyOf(complaints);
    }

    @Override
    public void close() throws IOException {
        socket.abort();
        // Its children write into the profile too, for a moment longer than it lives.
        List<ProcessHandle> all = Stream.concat(process.descendants(), Stream.of(process.toHandle()))
                .toList();
        all.forEach(ProcessHandle::destroyForcibly);
        all.forEach(each -> each.onExit().join());
        try (Stream<Path> files = Files.walk(profile)) {
            files.sorted(java.util.Comparator.reverseOrder())
                    .forEach(file -> file.toFile().delete());
        }
    }
}
