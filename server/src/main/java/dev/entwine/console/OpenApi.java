package dev.entwine.console;

import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Describes the routes as an OpenAPI 3.1 document: it is made of them, so it cannot say anything else. Stateless. */
final class OpenApi {
    private static final Pattern VARIABLE = Pattern.compile("\\{(\\w+)}");

    private OpenApi() {}

    static ObjectNode of(List<Route> routes) {
        ObjectNode document = JsonNodeFactory.instance.objectNode();
        document.put("openapi", "3.1.0");
        document.putObject("info")
                .put("title", "Entwine console")
                .put("version", "1")
                .put(
                        "description",
                        "Programs send a token of the configuration as 'Authorization: Bearer TOKEN'. The page has a"
                                + " session in a cookie, and sends its csrf value in X-Entwine-Csrf with everything but"
                                + " GET. A viewer gets no values of rows.");
        ObjectNode schemes = document.putObject("components").putObject("securitySchemes");
        schemes.putObject("token").put("type", "http").put("scheme", "bearer");
        schemes.putObject("session").put("type", "apiKey").put("in", "cookie").put("name", RequestHandler.COOKIE);
        ObjectNode paths = document.putObject("paths");
        for (Route route : routes) {
            ObjectNode path =
                    paths.path(route.path()) instanceof ObjectNode there ? there : paths.putObject(route.path());
            operation(route, path.putObject(route.method().toLowerCase(Locale.ROOT)));
        }
        return document;
    }

    private static void operation(Route route, ObjectNode operation) {
        operation.put("summary", route.summary());
        operation.put(
                "description",
                route.role().map(role -> "for the role " + role.word()).orElse("for anybody"));
        ArrayNode parameters = operation.putArray("parameters");
        VARIABLE.matcher(route.path())
                .results()
                .map(MatchResult::group)
                .forEach(name -> parameter(parameters, name.substring(1, name.length() - 1), "path", "")
                        .put("required", true));
        new TreeMap<>(route.query()).forEach((name, meaning) -> parameter(parameters, name, "query", meaning));
        if (!route.body().isEmpty()) {
            ObjectNode schema = operation
                    .putObject("requestBody")
                    .putObject("content")
                    .putObject("application/json")
                    .putObject("schema")
                    .put("type", "object");
            ObjectNode properties = schema.putObject("properties");
            new TreeMap<>(route.body()).forEach((name, meaning) -> field(properties.putObject(name), name, meaning));
        }
        ObjectNode responses = operation.putObject("responses");
        responses.putObject("200").put("description", "a JSON object");
        responses.putObject("default").put("description", "a JSON object whose field 'error' says what is wrong");
    }

    private static void field(ObjectNode field, String name, String meaning) {
        field.put("description", meaning);
        if (name.equals("values")) {
            field.put("type", "object");
        } else if (name.equals("ids")) {
            field.put("type", "array").putObject("items").put("type", "string");
        } else {
            field.put("type", "string");
        }
    }

    private static ObjectNode parameter(ArrayNode parameters, String name, String in, String meaning) {
        ObjectNode parameter = parameters.addObject();
        parameter.put("name", name).put("in", in).put("description", meaning);
        parameter.putObject("schema").put("type", "string");
        return parameter;
    }
}
