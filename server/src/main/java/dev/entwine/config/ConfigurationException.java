package dev.entwine.config;

import java.util.List;
import java.util.stream.Collectors;

/** A configuration that cannot be used; the message has one line for each problem. */
public final class ConfigurationException extends Exception {
    private final transient List<Problem> problems;

    ConfigurationException(List<Problem> problems) {
        super(problems.stream().map(Problem::toString).collect(Collectors.joining("\n")));
        this.problems = List.copyOf(problems);
    }

    public List<Problem> problems() {
        return problems;
    }

    /**
     * One thing that is wrong.
     *
     * @param line   counted from 1; 0 for a problem of the file as a whole
     * @param column counted from 1; 0 for a problem of the file as a whole
     * @param what   what is wrong and what is allowed; never holds a secret
     */
    public record Problem(String file, int line, int column, String what) {
        /** {@code file:line:column}. */
        public String place() {
            return line == 0 ? file : file + ":" + line + ":" + column;
        }

        @Override
        public String toString() {
            return place() + ": " + what;
        }
    }
}
