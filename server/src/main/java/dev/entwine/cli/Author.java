package dev.entwine.cli;

import dev.entwine.config.Configuration;
import dev.entwine.model.SiteId;

/** Who gives an order, as the journal says it. */
final class Author {
    private static final int LENGTH_MAX = 200;

    private Author() {}

    /** One line: the operating system's user, the machine, and the role at the site where the order is carried out. */
    static String at(Configuration configuration, SiteId site) {
        String role = configuration
                .site(site)
                .map(settings -> settings.endpoint().user())
                .orElse("");
        return line(user() + " as " + role);
    }

    /** The same of somebody at the console. */
    static String at(Configuration configuration, SiteId site, String name) {
        String role = configuration
                .site(site)
                .map(settings -> settings.endpoint().user())
                .orElse("");
        return line(console(name) + " as " + role);
    }

    static String console(String name) {
        return line(name + " at the console of " + RunCommand.host());
    }

    /** The same without a role. */
    static String user() {
        return line(System.getProperty("user.name", "somebody") + "@" + RunCommand.host());
    }

    private static String line(String text) {
        String line = text.replaceAll("\\R", " ");
        return line.substring(0, Math.min(line.length(), LENGTH_MAX));
    }
}
