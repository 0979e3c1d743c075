package dev.entwine.config;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads {@code host:port}. */
final class ListenAddress {
    private static final Pattern FORM = Pattern.compile("(?:\\[([0-9a-fA-F:.]+)]|([^\\[\\]:/\\s]+)):(\\d{1,5})");

    private ListenAddress() {}

    static Optional<ConsoleSettings> parse(String text, Section section) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches() || Integer.parseInt(matcher.group(3)) > 65_535) {
            section.problem("listen", "'" + text + "' is not of the form 127.0.0.1:8400 (port 0 to 65535)");
            return Optional.empty();
        }
        String host = matcher.group(1) == null ? matcher.group(2) : matcher.group(1);
        return Optional.of(new ConsoleSettings(host, Integer.parseInt(matcher.group(3))));
    }
}
