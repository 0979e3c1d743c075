package dev.entwine.console;

import dev.entwine.engine.Engine;
import dev.entwine.model.SiteId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Every operation of the API, which is also what the page uses. Safe from any thread. */
final class Routes {
    private static final int LIMIT = 50;
    private static final int LIMIT_MAX = 500;
    private static final int OFFSET_MAX = 1_000_000;
    /** Of a text in a list, and in a document of one thing. */
    private static final int LISTED_LENGTH_MAX = 200;

    private static final int SHOWN_LENGTH_MAX = 20_000;
    private static final int CUT_SECONDS = 600;
    private static final int CUT_SECONDS_MAX = 31 * 24 * 3600;

    private static final Map<String, String> FILTERS = Map.of(
            "table", "schema.name, or the name alone",
            "kind", "such as update_update",
            "policy", "such as latest",
            "status", "decided, open or undone",
            "site", "one that won or lost",
            "since", "that time or later, as 2026-11-22T12:00:00Z or 2h",
            "until", "before that time");

    private final Supplier<Optional<Engine>> engine;
    private final Desk desk;
    private final Live live;
    private final Access access;
    private final AuditLog audit;
    private final Jobs jobs = new Jobs();
    private final List<Route> all = new ArrayList<>();

    Routes(Supplier<Optional<Engine>> engine, Desk desk, Live live, Access access, AuditLog audit) {
        this.engine = engine;
        this.desk = desk;
        this.live = live;
        this.access = access;
        this.audit = audit;
        look();
        conflicts();
        tables();
        steer();
        JsonNode document = OpenApi.of(all);
        all.add(Route.get("/api/openapi.json", Role.VIEWER, "this document", call -> document)
                .open());
    }

    List<Route> all() {
        return List.copyOf(all);
    }

    private void look() {
        all.add(Route.get("/api/status", Role.VIEWER, "as 'status --json', some seconds old", this::status));
        all.add(Route.get("/api/history", Role.VIEWER, "samples of the last five minutes", call -> history()));
        all.add(Route.get("/api/sites", Role.VIEWER, "sites, with rights and clocks", call -> desk.sites()));
        all.add(Route.get("/api/audit", Role.OPERATOR, "who has done what", call -> audit.document()));
        all.add(Route.get(
                        "/api/forecast",
                        Role.VIEWER,
                        "as 'forecast --json'",
                        call -> desk.forecast(call.number("cut_seconds", CUT_SECONDS, CUT_SECONDS_MAX)))
                .with(Map.of("cut_seconds", "how long all links are thought to be cut")));
    }

    private JsonNode status(Call call) {
        return call.maySeeRows() ? live.status() : Redaction.status(live.status());
    }

    private JsonNode history() {
        ObjectNode document = JsonNodeFactory.instance.objectNode();
        ArrayNode samples = document.putArray("samples");
        live.history().forEach(sample -> samples.add(sample.document()));
        return document;
    }

    private void conflicts() {
        Map<String, String> parameters = new TreeMap<>(FILTERS);
        parameters.put("limit", "how many, " + LIMIT + " if not given");
        parameters.put("offset", "how many to leave out");
        all.add(Route.get("/api/conflicts", Role.VIEWER, "the journal, newest first", this::list)
                .with(parameters));
        all.add(Route.get("/api/conflicts/{id}", Role.VIEWER, "as 'conflicts show --json'", this::show));
        all.add(Route.post(
                "/api/conflicts/decide",
                Role.OPERATOR,
                "as 'conflicts keep' and 'undo'; all of them or none",
                Map.of(
                        "action", "keep, undo or as_is",
                        "site", "whose version is to stand, for keep",
                        "ids", "of conflicts"),
                this::decide));
        all.add(Route.post(
                "/api/conflicts/{id}/edit",
                Role.OPERATOR,
                "writes the row as wanted, and closes the conflict; refused when the row has moved on",
                Map.of("values", "an object: text or null for each column that is to be otherwise"),
                this::edit));
        all.add(Route.get("/api/rows", Role.OPERATOR, "as 'why --json'", this::row)
                .with(Map.of("table", "schema.name", "key", "column=value,... or the value alone")));
        all.add(Route.get("/api/parked", Role.VIEWER, "changes that a database refused", this::parked));
        all.add(Route.post(
                "/api/parked/retry",
                Role.OPERATOR,
                "as 'parked retry': sends the rows again to the sites that refused them",
                Map.of("ids", "of parked changes: site, slash, number"),
                call -> settle(call, Optional.empty())));
        all.add(Route.post(
                "/api/parked/discard",
                Role.OPERATOR,
                "as 'parked discard': the rows become everywhere what the sites have that refused them",
                Map.of("ids", "of parked changes: site, slash, number", "reason", "why, for the journal"),
                call -> settle(call, Optional.of(call.required("reason")))));
    }

    private JsonNode list(Call call) throws RequestException {
        Map<String, String> filters = new TreeMap<>();
        FILTERS.keySet().forEach(name -> call.query(name).ifPresent(value -> filters.put(name, value)));
        JsonNode found =
                desk.conflicts(filters, call.number("offset", 0, OFFSET_MAX), call.number("limit", LIMIT, LIMIT_MAX));
        if (call.maySeeRows()) {
            return Shortened.texts(found, LISTED_LENGTH_MAX);
        }
        ObjectNode document = JsonNodeFactory.instance.objectNode();
        document.put("more", found.path("more").asBoolean());
        ArrayNode entries = document.putArray("entries");
        found.path("entries").forEach(entry -> entries.add(Redaction.conflict(entry)));
        return document;
    }

    private JsonNode show(Call call) throws RequestException {
        JsonNode entry = desk.conflict(call.path("id"));
        return call.maySeeRows() ? Shortened.texts(entry, SHOWN_LENGTH_MAX) : Redaction.conflict(entry);
    }

    private JsonNode decide(Call call) throws RequestException {
        String action = call.required("action");
        Optional<String> site = call.text("site");
        if (!Set.of("keep", "undo", "as_is").contains(action) || action.equals("keep") != site.isPresent()) {
            throw RequestException.wrong("action is keep with a site, or undo or as_is without one");
        }
        List<String> ids = call.texts("ids");
        ObjectNode document = JsonNodeFactory.instance.objectNode();
        document.set("outcomes", desk.decide(action, site, ids, call.session().name()));
        return document;
    }

    private JsonNode edit(Call call) throws RequestException {
        if (!(call.body().path("values") instanceof ObjectNode values)) {
            throw RequestException.wrong("values is an object of columns");
        }
        ObjectNode document = JsonNodeFactory.instance.objectNode();
        document.set(
                "outcomes", desk.edit(call.path("id"), values, call.session().name()));
        return document;
    }

    private JsonNode row(Call call) throws RequestException {
        Optional<String> table = call.query("table");
        Optional<String> key = call.query("key");
        if (table.isEmpty() || key.isEmpty()) {
            throw RequestException.wrong("table and key are needed");
        }
        return Shortened.texts(desk.row(table.get(), key.get()), SHOWN_LENGTH_MAX);
    }

    private JsonNode parked(Call call) throws RequestException {
        JsonNode found = desk.parked();
        if (call.maySeeRows()) {
            return Shortened.texts(found, LISTED_LENGTH_MAX);
        }
        ObjectNode document = JsonNodeFactory.instance.objectNode();
        document.set("entries", Redaction.parked(found.path("entries")));
        return document;
    }

    private JsonNode settle(Call call, Optional<String> reason) throws RequestException {
        ObjectNode document = JsonNodeFactory.instance.objectNode();
        document.set(
                "outcomes",
                desk.settle(call.texts("ids"), reason, call.session().name()));
        return document;
    }

    private void tables() {
        all.add(Route.get(
                "/api/tables", Role.VIEWER, "tables with their policies, proofs and conflicts", call -> desk.tables()));
        all.add(Route.get("/api/jobs", Role.VIEWER, "comparisons, newest first", call -> jobs.all()));
        all.add(Route.get("/api/jobs/{id}", Role.VIEWER, "a comparison, with its result", this::job));
        all.add(Route.post(
                "/api/verifications",
                Role.OPERATOR,
                "begins a 'verify'",
                Map.of("table", "this one alone"),
                this::verify));
        all.add(Route.post(
                "/api/checks",
                Role.OPERATOR,
                "begins a 'check' of rights, settings and tables",
                Map.of(),
                call -> jobs.start("check", "all sites", progress -> desk.check())));
        all.add(Route.post(
                "/api/repairs",
                Role.OPERATOR,
                "begins a 'repair'",
                Map.of(
                        "table", "this one alone",
                        "prefer", "the site that is right",
                        "apply", "\"yes\" repairs; else it is only the plan"),
                this::repair));
    }

    private JsonNode job(Call call) throws RequestException {
        ObjectNode job = jobs.document(call.path("id"), true);
        if (job.path("result").isObject()) {
            JsonNode result = job.path("result");
            job.set(
                    "result",
                    call.maySeeRows() ? Shortened.texts(result, LISTED_LENGTH_MAX) : Redaction.comparison(result));
        }
        return job;
    }

    private JsonNode verify(Call call) throws RequestException {
        Optional<String> table = call.text("table");
        return jobs.start("verify", table.orElse("all tables"), progress -> desk.verify(table, progress));
    }

    private JsonNode repair(Call call) throws RequestException {
        Optional<String> table = call.text("table");
        Optional<String> prefer = call.text("prefer");
        boolean apply = call.text("apply").equals(Optional.of("yes"));
        String by = call.session().name();
        return jobs.start(
                apply ? "repair" : "repair_plan",
                table.orElse("all tables")
                        + prefer.map(site -> ", as site " + site + " has them").orElse(""),
                progress -> desk.repair(table, prefer, apply, by, progress));
    }

    private void steer() {
        all.add(Route.post(
                "/api/sites/{site}/pause",
                Role.OPERATOR,
                "holds back what other sites change, until it is resumed or the engine starts anew",
                Map.of(),
                call -> pause(call, true)));
        all.add(Route.post(
                "/api/sites/{site}/resume",
                Role.OPERATOR,
                "lets changes of other sites come in again",
                Map.of(),
                call -> pause(call, false)));
        all.add(Route.post(
                "/api/invitations",
                Role.OPERATOR,
                "a token that opens one session within an hour",
                Map.of("role", "viewer or operator"),
                this::invite));
    }

    private JsonNode pause(Call call, boolean pause) throws RequestException {
        Engine running =
                engine.get().orElseThrow(() -> RequestException.unavailable("no engine runs in this process now"));
        SiteId site = running.status().sites().keySet().stream()
                .filter(id -> id.name().equals(call.path("site")))
                .findFirst()
                .orElseThrow(() -> RequestException.notFound("there is no site '" + call.path("site") + "'"));
        running.pause(site, pause);
        return JsonNodeFactory.instance.objectNode().put("site", site.name()).put("paused", pause);
    }

    private JsonNode invite(Call call) throws RequestException {
        String wanted = call.required("role");
        for (Role role : Role.values()) {
            if (role.word().equals(wanted)) {
                return JsonNodeFactory.instance
                        .objectNode()
                        .put("role", wanted)
                        .put("token", access.invite(role))
                        .put("until", Instant.now().plus(Access.INVITATION).toString());
            }
        }
        throw RequestException.wrong("role is viewer or operator");
    }
}
