package dev.entwine.cli;

import dev.entwine.config.Configuration;
import dev.entwine.model.SiteId;
import java.nio.file.Path;
import picocli.CommandLine.Parameters;

/** The argument that nearly every command begins with. */
final class ConfigurationArgument {
    @Parameters(index = "0", paramLabel = "CONFIG", description = "the configuration file")
    private Path file = Path.of("");

    Configuration load(Context context) throws CommandFailure {
        return context.configuration(file);
    }

    /** @throws CommandFailure the configuration has no site of this name */
    SiteId site(Configuration loaded, String name) throws CommandFailure {
        return loaded.siteIds().stream()
                .filter(site -> site.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new CommandFailure(
                        ExitCode.USAGE, "there is no site '" + name + "' in " + file + "; it has " + loaded.siteIds()));
    }

    Path file() {
        return file;
    }
}
