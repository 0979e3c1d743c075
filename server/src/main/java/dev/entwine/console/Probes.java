package dev.entwine.console;

import dev.entwine.engine.Engine;
import dev.entwine.engine.EngineStatus;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.function.Supplier;
import org.eclipse.jetty.server.Response;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** What other programs ask without a token: metrics, and whether the process lives and works. Says no values of rows. Stateless. */
record Probes(Supplier<Optional<Engine>> engine, Live live) {
    private static final String METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    /** Whether the path is one of these. */
    boolean answer(String path, Response response) throws IOException {
        switch (path) {
            case "/metrics" ->
                RequestHandler.send(
                        response,
                        200,
                        METRICS_TYPE,
                        EngineMetrics.of(engine.get(), live.status()).getBytes(StandardCharsets.UTF_8));
            case "/health" ->
                RequestHandler.send(
                        response, 200, JsonNodeFactory.instance.objectNode().put("alive", true));
            case "/ready" -> {
                ObjectNode document = ready();
                RequestHandler.send(response, document.path("ready").asBoolean() ? 200 : 503, document);
            }
            default -> {
                return false;
            }
        }
        return true;
    }

    /** Ready: an engine runs here and reads every site's log. */
    private ObjectNode ready() {
        ObjectNode document = JsonNodeFactory.instance.objectNode();
        Optional<EngineStatus> status = engine.get().map(Engine::status);
        ArrayNode missing = document.putArray("missing");
        if (status.isEmpty()) {
            missing.add("engine");
        } else {
            status.get().sites().forEach((site, state) -> {
                if (!state.connected()) {
                    missing.add("site " + site);
                }
            });
        }
        return document.put("ready", missing.isEmpty());
    }
}
