package dev.entwine.console;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Response;

/** Sends samples to a browser as they are taken, until it goes, its session ends, or the console does. Safe from any thread. */
final class EventStream {
    private static final int STREAMS_MAX = 100;
    /** A line that says nothing shows whether anybody is still there. */
    private static final long SILENCE_MS_MAX = 10_000;

    private final Live live;
    private final InstantSource clock;
    private final Semaphore places = new Semaphore(STREAMS_MAX);

    EventStream(Live live, InstantSource clock) {
        this.live = live;
        this.clock = clock;
    }

    void send(Response response, Access.Session session) throws IOException, RequestException {
        if (!places.tryAcquire()) {
            throw RequestException.unavailable("there are " + STREAMS_MAX + " streams already");
        }
        try (OutputStream stream = Content.Sink.asOutputStream(response)) {
            response.setStatus(200);
            response.getHeaders().put("Content-Type", "text/event-stream");
            long seen = -1;
            while (session.until().isAfter(clock.instant())) {
                Optional<Live.Sample> sample = live.next(seen, SILENCE_MS_MAX);
                if (sample.isEmpty() && live.isClosed()) {
                    return;
                }
                stream.write(text(sample).getBytes(StandardCharsets.UTF_8));
                stream.flush();
                seen = sample.map(Live.Sample::number).orElse(seen);
            }
            stream.write("event: ended\ndata: {}\n\n".getBytes(StandardCharsets.UTF_8));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            places.release();
        }
    }

    private static String text(Optional<Live.Sample> sample) {
        return sample.map(each -> "event: sample\nid: " + each.number() + "\ndata: " + each.document() + "\n\n")
                .orElse(": nothing new\n\n");
    }
}
