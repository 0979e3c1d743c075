package dev.entwine.cli;

import dev.entwine.config.Configuration;
import java.nio.file.Path;
import picocli.CommandLine.Parameters;

/** The argument that nearly every command begins with. */
final class ConfigurationArgument {
    @Parameters(index = "0", paramLabel = "CONFIG", description = "the configuration file")
    private Path file = Path.of("");

    Configuration load(Context context) throws CommandFailure {
        return context.configuration(file);
    }

    Path file() {
        return file;
    }
}
