package dev.entwine.cli;

import java.util.Map;

/** The environment variables of the process. */
record Environment(Map<String, String> variables) {
    Environment {
        variables = Map.copyOf(variables);
    }

    boolean has(String name) {
        return !value(name).isEmpty();
    }

    /** Empty when it is not set. */
    String value(String name) {
        return variables.getOrDefault(name, "");
    }
}
