package dev.entwine.config;

import dev.entwine.config.ConfigurationException.Problem;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.nodes.Node;

/** Gathers the problems of one file. Not thread-safe. */
final class Problems {
    private final String file;
    private final List<Problem> found = new ArrayList<>();

    Problems(String file) {
        this.file = file;
    }

    void add(Node where, String what) {
        add(where.getStartMark(), what);
    }

    void add(Optional<Mark> where, String what) {
        found.add(new Problem(
                file,
                where.map(mark -> mark.getLine() + 1).orElse(0),
                where.map(mark -> mark.getColumn() + 1).orElse(0),
                what));
    }

    /** Where a node stands, as a problem that says nothing yet. */
    Problem at(Node node) {
        return new Problem(
                file,
                node.getStartMark().map(mark -> mark.getLine() + 1).orElse(0),
                node.getStartMark().map(mark -> mark.getColumn() + 1).orElse(0),
                "");
    }

    /** {@code file:line:column} of a node. */
    String place(Node node) {
        return node.getStartMark()
                .map(mark -> file + ":" + (mark.getLine() + 1) + ":" + (mark.getColumn() + 1))
                .orElse(file);
    }

    void throwIfAny() throws ConfigurationException {
        if (!found.isEmpty()) {
            found.sort(Comparator.comparingInt(Problem::line).thenComparingInt(Problem::column));
            throw new ConfigurationException(found);
        }
    }
}
