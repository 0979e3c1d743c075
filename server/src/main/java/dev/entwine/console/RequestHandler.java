package dev.entwine.console;

import dev.entwine.db.Said;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Takes a request from the first look at its headers to the answer: our name, our origin, a session with the right, its csrf value, a body
 * that is not too large. Each request has a virtual thread of its own.
 */
final class RequestHandler extends Handler.Abstract {
    static final String COOKIE = "entwine_session";
    static final String CSRF = "X-Entwine-Csrf";
    /** A selection of conflicts has 40 kB at most. */
    static final int BODY_BYTES_MAX = 1024 * 1024;

    /** Of what a body has too much: whoever sends more may not learn why it was refused. */
    private static final int DRAINED_BYTES_MAX = 16 * 1024 * 1024;

    private static final Logger LOG = LoggerFactory.getLogger(RequestHandler.class);
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private final Guard guard;
    private final Access access;
    private final AuditLog audit;
    private final InstantSource clock;
    private final Page page = new Page();
    private final List<Route> routes;
    private final EventStream events;
    private final Probes probes;

    RequestHandler(
            Guard guard,
            Access access,
            AuditLog audit,
            InstantSource clock,
            List<Route> routes,
            EventStream events,
            Probes probes) {
        super(InvocationType.BLOCKING);
        this.guard = guard;
        this.access = access;
        this.audit = audit;
        this.clock = clock;
        this.routes = routes;
        this.events = events;
        this.probes = probes;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        Guard.protect(response.getHeaders());
        try {
            guard.requireOurName(request.getHeaders());
            answer(request, response);
            callback.succeeded();
        } catch (RequestException e) {
            refuse(response, callback, e.status(), String.valueOf(e.getMessage()));
        } catch (IOException e) {
            callback.failed(e);
        } catch (RuntimeException e) {
            LOG.error("{} {} has failed", request.getMethod(), Request.getPathInContext(request), Said.without(e));
            refuse(response, callback, 500, "this should not have happened; the program's log says more");
        }
        return true;
    }

    private static void refuse(Response response, Callback callback, int status, String message) {
        if (response.isCommitted()) {
            callback.failed(new IOException(message));
            return;
        }
        try {
            send(response, status, JsonNodeFactory.instance.objectNode().put("error", message));
            callback.succeeded();
        } catch (IOException e) {
            callback.failed(e);
        }
    }

    private void answer(Request request, Response response) throws RequestException, IOException {
        String path = Request.getPathInContext(request);
        String method = request.getMethod();
        boolean gets = method.equals("GET") || method.equals("HEAD");
        if (!gets) {
            guard.requireOurOrigin(request.getHeaders());
        }
        if (path.equals("/api/session")) {
            session(request, response);
        } else if (path.equals("/api/events") && gets) {
            Access.Session session = sessionOf(request);
            events.send(response, session);
        } else if (path.startsWith("/api/")) {
            api(request, response, path);
        } else if (!gets) {
            throw RequestException.of(405, "only GET here");
        } else if (!probes.answer(path, response)) {
            file(path, response);
        }
    }

    private void file(String path, Response response) throws IOException, RequestException {
        Page.File file = page.file(path).orElseThrow(() -> RequestException.notFound("there is no " + path));
        send(response, 200, file.type(), file.text().getBytes(StandardCharsets.UTF_8));
    }

    private void api(Request request, Response response, String path) throws RequestException, IOException {
        boolean known = false;
        for (Route route : routes) {
            Map<String, String> values = route.match(path);
            known |= values != null;
            if (values != null && route.method().equals(request.getMethod())) {
                send(response, 200, run(route, request, path, values));
                return;
            }
        }
        throw known
                ? RequestException.of(405, path + " does not know " + request.getMethod())
                : RequestException.notFound("there is no " + path + "; /api/openapi.json says what there is");
    }

    private JsonNode run(Route route, Request request, String path, Map<String, String> values)
            throws RequestException, IOException {
        Access.Session session = route.role().isPresent()
                ? allowed(route, request)
                : new Access.Session("anybody", Role.VIEWER, "", Instant.MAX);
        JsonNode body = route.changes() ? body(request) : JsonNodeFactory.instance.objectNode();
        Call call = new Call(session, values, query(request), body);
        if (!route.changes()) {
            return route.action().run(call);
        }
        String what = path + " " + AuditWords.of(body);
        try {
            JsonNode result = route.action().run(call);
            audit.note(clock.instant(), session.name(), what, AuditWords.outcome(result));
            return result;
        } catch (RequestException e) {
            audit.note(clock.instant(), session.name(), what, "refused with " + e.status());
            throw e;
        }
    }

    private Access.Session allowed(Route route, Request request) throws RequestException {
        Access.Session session = sessionOf(request);
        Role needed = route.role().orElse(Role.VIEWER);
        if (!session.role().includes(needed)) {
            audit.note(clock.instant(), session.name(), route.path(), "needs the role " + needed.word());
            throw RequestException.forbidden("this needs the role " + needed.word() + "; you are a "
                    + session.role().word());
        }
        if (route.changes()
                && !session.csrf().isEmpty()
                && !session.csrf().equals(request.getHeaders().get(CSRF))) {
            throw RequestException.forbidden("the header " + CSRF + " is missing or wrong; load the page again");
        }
        return session;
    }

    private Access.Session sessionOf(Request request) throws RequestException {
        return current(request)
                .orElseThrow(() -> RequestException.unauthorized(
                        "no session, or it has ended; open the link that 'run' printed at its start, or ask an operator"
                                + " for an invitation"));
    }

    private Optional<Access.Session> current(Request request) {
        String authorization = request.getHeaders().get("Authorization");
        if (authorization != null) {
            return authorization.startsWith("Bearer ")
                    ? access.byToken(authorization.substring("Bearer ".length()).strip())
                    : Optional.empty();
        }
        String secret = cookie(request);
        return secret == null ? Optional.empty() : access.bySecret(secret);
    }

    private static @Nullable String cookie(Request request) {
        for (HttpField field : request.getHeaders()) {
            if (field.getName().equalsIgnoreCase("Cookie")) {
                for (String part : String.valueOf(field.getValue()).split(";", -1)) {
                    if (part.strip().startsWith(COOKIE + "=")) {
                        return part.strip().substring(COOKIE.length() + 1);
                    }
                }
            }
        }
        return null;
    }

    /** Opens a session, says what the present one is, or ends it. */
    private void session(Request request, Response response) throws RequestException, IOException {
        switch (request.getMethod()) {
            case "POST" -> {
                String token = body(request).path("token").asString("");
                Optional<Access.Opened> opened = access.open(token);
                audit.note(
                        clock.instant(),
                        opened.map(each -> each.session().name()).orElse("somebody"),
                        "open a session",
                        opened.isPresent() ? "done" : "refused: the token is used, too old or wrong");
                Access.Opened session = opened.orElseThrow(() -> RequestException.unauthorized(
                        "the token is wrong, has been used already, or is older than an hour; ask an operator for"
                                + " another one, or start the engine again"));
                setCookie(response.getHeaders(), session.secret(), Access.SESSION);
                send(response, 200, document(session.session()));
            }
            case "GET" -> send(response, 200, document(sessionOf(request)));
            case "DELETE" -> {
                String secret = cookie(request);
                if (secret != null) {
                    access.end(secret);
                }
                setCookie(response.getHeaders(), "", Duration.ZERO);
                send(response, 200, JsonNodeFactory.instance.objectNode());
            }
            default -> throw RequestException.of(405, "only GET, POST and DELETE here");
        }
    }

    private void setCookie(HttpFields.Mutable headers, String secret, Duration age) {
        headers.add(
                "Set-Cookie",
                COOKIE + "=" + secret + "; Path=/; HttpOnly; SameSite=Strict; Max-Age=" + age.toSeconds()
                        + (guard.isSecure() ? "; Secure" : ""));
    }

    private static ObjectNode document(Access.Session session) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("name", session.name())
                .put("role", session.role().word())
                .put("csrf", session.csrf())
                .put("until", session.until().toString());
    }

    private static Map<String, String> query(Request request) throws RequestException {
        Map<String, String> values = new HashMap<>();
        String query = request.getHttpURI().getQuery();
        for (String pair : query == null ? new String[0] : query.split("&", -1)) {
            int equals = pair.indexOf('=');
            try {
                values.put(
                        URLDecoder.decode(equals < 0 ? pair : pair.substring(0, equals), StandardCharsets.UTF_8),
                        equals < 0 ? "" : URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8));
            } catch (IllegalArgumentException e) {
                throw RequestException.wrong("the query is not written as a URL's must be");
            }
        }
        return values;
    }

    private static JsonNode body(Request request) throws RequestException, IOException {
        String type = request.getHeaders().get("Content-Type");
        try (InputStream stream = Content.Source.asInputStream(request)) {
            byte[] bytes = stream.readNBytes(BODY_BYTES_MAX + 1);
            if (bytes.length > BODY_BYTES_MAX) {
                // A connection that is closed with something unread in it takes the answer along.
                stream.skip(DRAINED_BYTES_MAX);
                throw RequestException.of(413, "the body has more than " + BODY_BYTES_MAX + " bytes");
            }
            if (bytes.length == 0) {
                return JsonNodeFactory.instance.objectNode();
            }
            if (type == null || !type.startsWith("application/json")) {
                throw RequestException.of(415, "the body is not application/json");
            }
            JsonNode body = MAPPER.readTree(bytes);
            if (!body.isObject()) {
                throw RequestException.wrong("the body is not a JSON object");
            }
            return body;
        } catch (JacksonException e) {
            throw RequestException.wrong("the body is not JSON");
        }
    }

    static void send(Response response, int status, JsonNode document) throws IOException {
        response.setStatus(status);
        send(response, status, "application/json", MAPPER.writeValueAsBytes(document));
    }

    static void send(Response response, int status, String type, byte[] bytes) throws IOException {
        response.setStatus(status);
        response.getHeaders().put("Content-Type", type);
        response.getHeaders().put("Content-Length", Integer.toString(bytes.length));
        try (OutputStream stream = Content.Sink.asOutputStream(response)) {
            stream.write(bytes);
        }
    }
}
