package dev.entwine.engine;

/** Why the engine cannot start, or had to stop: says what, where, measured state and next step. */
public final class EngineFailure extends Exception {
    private final boolean configuration;

    public EngineFailure(String message) {
        super(message);
        configuration = false;
    }

    public EngineFailure(String message, Throwable cause) {
        super(message, cause);
        configuration = false;
    }

    private EngineFailure(boolean configuration, String message) {
        super(message);
        this.configuration = configuration;
    }

    /** The tables are not such that the configuration can be used for them. */
    static EngineFailure ofConfiguration(String problems) {
        return new EngineFailure(true, problems);
    }

    /** Whether the configuration has to be mended. */
    public boolean isConfiguration() {
        return configuration;
    }
}
