package dev.entwine.console;

import dev.entwine.config.NotifySettings;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Brings notices to a web address and to a command, each on a thread of its own, three times at most. What cannot be brought is in the log.
 * Safe from any thread.
 */
final class NoticeDelivery implements Consumer<ObjectNode> {
    private static final Logger LOG = LoggerFactory.getLogger(NoticeDelivery.class);
    private static final int ATTEMPTS = 3;
    private static final Duration ATTEMPT_MAX = Duration.ofSeconds(10);
    private static final Duration PAUSE = Duration.ofSeconds(5);
    /** At the same time; what comes beyond it is only in the log. */
    private static final int UNDER_WAY_MAX = 20;

    private final NotifySettings settings;
    private final HttpClient client =
            HttpClient.newBuilder().connectTimeout(ATTEMPT_MAX).build();
    private final Semaphore places = new Semaphore(UNDER_WAY_MAX);

    NoticeDelivery(NotifySettings settings) {
        this.settings = settings;
    }

    /** One way of bringing it; fails with what went wrong. */
    private interface Way {
        void bring(String notice) throws IOException, InterruptedException;
    }

    @Override
    public void accept(ObjectNode notice) {
        LOG.warn(
                "{} {}: {}",
                notice.path("event").asString(),
                notice.path("state").asString(),
                notice.path("what").asString());
        settings.webhook().ifPresent(url -> start("the webhook", notice.toString(), text -> post(url, text)));
        if (!settings.command().isEmpty()) {
            start("the command", notice.toString(), this::run);
        }
    }

    private void start(String name, String notice, Way way) {
        if (!places.tryAcquire()) {
            LOG.warn("a notice is not brought by {}: {} are under way", name, UNDER_WAY_MAX);
            return;
        }
        Thread.ofVirtual().name("console notice").start(() -> {
            try {
                bring(name, notice, way);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } finally {
                places.release();
            }
        });
    }

    /** The address may be a secret, so it is in no message. */
    private static void bring(String name, String notice, Way way) throws InterruptedException {
        for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
            try {
                way.bring(notice);
                return;
            } catch (IOException e) {
                LOG.warn(
                        "a notice could not be brought by {} (attempt {} of {}: {})",
                        name,
                        attempt,
                        ATTEMPTS,
                        e.getClass().getSimpleName());
                Thread.sleep(PAUSE);
            }
        }
    }

    private void post(String url, String notice) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(url))
                .timeout(ATTEMPT_MAX)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(notice))
                .build();
        int status =
                client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
        if (status >= 300) {
            throw new IOException("it answered with " + status);
        }
    }

    private void run(String notice) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(settings.command())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (OutputStream input = process.getOutputStream()) {
            input.write((notice + "\n").getBytes(StandardCharsets.UTF_8));
        }
        if (!process.waitFor(ATTEMPT_MAX.toSeconds(), TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new IOException("it did not end");
        }
        if (process.exitValue() != 0) {
            throw new IOException("it ended with " + process.exitValue());
        }
    }
}
