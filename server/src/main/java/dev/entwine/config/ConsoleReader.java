package dev.entwine.config;

import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Binds the section {@code console}. */
final class ConsoleReader {
    private static final List<String> KEYS = List.of("listen", "public_url", "viewer_token", "operator_token");
    private static final String OFF = "off";
    private static final Pattern FORM = Pattern.compile("(?:\\[([0-9a-fA-F:.]+)]|([^\\[\\]:/\\s]+)):(\\d{1,5})");

    /** Shorter ones can be guessed. */
    private static final int TOKEN_LENGTH_MIN = 16;

    private ConsoleReader() {}

    static ConsoleSettings read(Section section) {
        section.allowOnly(KEYS, List.of());
        Optional<String> listen = section.text("listen");
        ConsoleSettings initial = ConsoleSettings.DEFAULT;
        ConsoleSettings address = listen.filter(text -> !text.equals(OFF))
                .flatMap(text -> address(text, section))
                .orElse(initial);
        return new ConsoleSettings(
                !listen.equals(Optional.of(OFF)),
                address.host(),
                address.port(),
                section.text("public_url").filter(url -> isOrigin(url, section)),
                token("viewer_token", section),
                token("operator_token", section));
    }

    private static Optional<ConsoleSettings> address(String text, Section section) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches() || Integer.parseInt(matcher.group(3)) > 65_535) {
            section.problem("listen", "'" + text + "' is not of the form 127.0.0.1:8400 (port 0 to 65535), or off");
            return Optional.empty();
        }
        String host = matcher.group(1) == null ? matcher.group(2) : matcher.group(1);
        return Optional.of(new ConsoleSettings(
                true, host, Integer.parseInt(matcher.group(3)), Optional.empty(), Optional.empty(), Optional.empty()));
    }

    private static boolean isOrigin(String url, Section section) {
        try {
            URI uri = URI.create(url);
            boolean web = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
            if (web && uri.getHost() != null && (uri.getRawPath() + "/").length() <= 2 && uri.getRawQuery() == null) {
                return true;
            }
        } catch (IllegalArgumentException e) {
            // told below
        }
        section.problem("public_url", "is not of the form https://entwine.example.org, without a path");
        return false;
    }

    /** The text of a wrong one is not shown. */
    private static Optional<String> token(String key, Section section) {
        Optional<String> token = section.text(key);
        if (token.filter(text -> text.length() < TOKEN_LENGTH_MIN).isPresent()) {
            section.problem(key, "is shorter than " + TOKEN_LENGTH_MIN + " characters, which can be guessed");
            return Optional.empty();
        }
        return token;
    }
}
