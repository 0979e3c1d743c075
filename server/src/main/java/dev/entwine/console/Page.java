package dev.entwine.console;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/** The files of the web page, which are part of the program. Safe from any thread. */
final class Page {
    private static final Pattern NAME = Pattern.compile("/(?:[a-z]+/)?[a-z_]+\\.(html|js|css|svg)");
    private static final Map<String, String> TYPES = Map.of(
            "html", "text/html; charset=utf-8",
            "js", "text/javascript; charset=utf-8",
            "css", "text/css; charset=utf-8",
            "svg", "image/svg+xml");

    private final Map<String, File> files = new ConcurrentHashMap<>();

    /** A file and what it is. */
    record File(String type, String text) {}

    Optional<File> file(String path) throws IOException {
        String name = path.equals("/") ? "/index.html" : path;
        if (!NAME.matcher(name).matches()) {
            return Optional.empty();
        }
        File known = files.get(name);
        if (known != null) {
            return Optional.of(known);
        }
        try (InputStream stream = Page.class.getResourceAsStream("web" + name)) {
            if (stream == null) {
                return Optional.empty();
            }
            String type = TYPES.getOrDefault(name.substring(name.lastIndexOf('.') + 1), "application/octet-stream");
            File file = new File(type, new String(stream.readAllBytes(), StandardCharsets.UTF_8));
            files.put(name, file);
            return Optional.of(file);
        }
    }
}
