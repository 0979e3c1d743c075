package dev.entwine.merge;

import dev.entwine.model.Cell;
import java.util.Map;

/**
 * What a policy says of concurrent versions.
 *
 * @param standing one of them
 * @param cells    what stands in these columns instead of what that version has there
 * @param open     whether a person is to look at it
 * @param failure  why somebody who was asked did not decide; empty when that is not so
 */
public record Outcome(Contender standing, Map<Integer, Cell> cells, boolean open, String failure) {
    public Outcome {
        cells = Map.copyOf(cells);
    }

    public Outcome(Contender standing, Map<Integer, Cell> cells, boolean open) {
        this(standing, cells, open, "");
    }

    static Outcome decided(Contender standing) {
        return new Outcome(standing, Map.of(), false);
    }
}
