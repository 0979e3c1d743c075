package dev.entwine.config;

import java.net.URI;
import java.util.List;

/** Binds the section {@code notify}. */
final class NotifyReader {
    private static final List<String> KEYS = List.of("webhook", "command", "lag");

    private NotifyReader() {}

    static NotifySettings read(Section section) {
        section.allowOnly(KEYS, List.of());
        return new NotifySettings(
                section.text("webhook").filter(url -> isAddress(url, section)),
                section.list("command").orElse(List.of()),
                section.durationOrOff(
                                "lag", NotifySettings.LAG_MAX, NotifySettings.LAG_MAX_MIN, NotifySettings.LAG_MAX_MAX)
                        .orElse(NotifySettings.LAG_MAX_MAX));
    }

    /** The text of a wrong one is not shown: it may be a secret. */
    private static boolean isAddress(String url, Section section) {
        try {
            URI uri = URI.create(url);
            if (("http".equals(uri.getScheme()) || "https".equals(uri.getScheme())) && uri.getHost() != null) {
                return true;
            }
        } catch (IllegalArgumentException e) {
            // told below
        }
        section.problem("webhook", "is not an address such as https://hooks.example.org/entwine");
        return false;
    }
}
