package dev.entwine.cli;

import dev.entwine.config.Configuration;
import dev.entwine.config.ConfigurationException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What every command is given: where to write, and how to read configurations. Owned by the main thread. */
final class Context {
    /** A shorter password would be found inside ordinary words. */
    private static final int SCRUBBED_LENGTH_MIN = 4;

    private final Terminal terminal;
    private final Environment environment;
    private final List<String> secrets = new ArrayList<>();

    Context(Terminal terminal, Environment environment) {
        this.terminal = terminal;
        this.environment = environment;
    }

    Terminal terminal() {
        return terminal;
    }

    Configuration configuration(Path file) throws CommandFailure {
        try {
            Configuration configuration = Configuration.load(file, environment.variables());
            configuration.sites().stream()
                    .map(site -> site.endpoint().password())
                    .filter(password -> password.length() >= SCRUBBED_LENGTH_MIN)
                    .forEach(secrets::add);
            return configuration;
        } catch (ConfigurationException e) {
            throw new CommandFailure(ExitCode.USAGE, String.valueOf(e.getMessage()));
        }
    }

    /** The text without any password of the configuration. */
    String scrub(String text) {
        String result = text;
        for (String secret : secrets) {
            result = result.replace(secret, "********");
        }
        return result;
    }
}
