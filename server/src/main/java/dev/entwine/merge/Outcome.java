package dev.entwine.merge;

import dev.entwine.model.Cell;
import java.util.Map;

/**
 * What a policy says of concurrent versions.
 *
 * @param standing one of them
 * @param cells    what stands in these columns instead of what that version has there
 * @param open     whether a person is to look at it
 */
public record Outcome(Contender standing, Map<Integer, Cell> cells, boolean open) {
    public Outcome {
        cells = Map.copyOf(cells);
    }

    static Outcome decided(Contender standing) {
        return new Outcome(standing, Map.of(), false);
    }
}
