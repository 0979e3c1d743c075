package dev.entwine.merge;

import dev.entwine.merge.Arbiter.NoRulingException;
import dev.entwine.merge.Arbiter.Ruling;
import dev.entwine.merge.Arbiter.Ruling.Side;
import dev.entwine.model.Cell;
import dev.entwine.model.Image;
import dev.entwine.model.SiteId;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Asks somebody about versions with a row; deletes are decided by a {@link RowPolicy}. Versions are asked about in the order of
 * precedence, the outcome of the first two against the third and so on, whatever order they arrived in. Without a ruling the later
 * version stands, and the conflict stays open.
 */
public final class ArbitratedPolicy implements Policy {
    private final String name;
    private final Arbiter arbiter;
    private final RowPolicy latest;
    private final Columns columns;
    private final Comparator<Contender> precedence;

    /**
     * @param latest  with the rule for deletes
     * @param columns that keep the base
     */
    public ArbitratedPolicy(String name, Arbiter arbiter, RowPolicy latest, Columns columns, List<SiteId> precedence) {
        this.name = name;
        this.arbiter = arbiter;
        this.latest = latest;
        this.columns = columns;
        this.precedence = RowPolicy.byPrecedence(precedence).reversed().thenComparing(Contender::position);
    }

    @Override
    public String name() {
        return name;
    }

    /** Two rows are nothing that somebody who compares versions of one row could be asked about. */
    @Override
    public Contender preferred(Contender one, Contender other) {
        return latest.preferred(one, other);
    }

    @Override
    public Columns columns() {
        return columns;
    }

    @Override
    public Outcome decide(List<Contender> heads, @Nullable Image base) {
        Contender later = latest.decide(heads, base).standing();
        if (later.image() == null) {
            return Outcome.decided(later);
        }
        try {
            return asked(
                    heads.stream()
                            .filter(version -> version.image() != null)
                            .sorted(precedence)
                            .toList(),
                    base);
        } catch (NoRulingException e) {
            return new Outcome(later, Map.of(), true, String.valueOf(e.getMessage()));
        }
    }

    private Outcome asked(List<Contender> versions, @Nullable Image base) throws NoRulingException {
        Contender standing = versions.getFirst();
        Map<Integer, Cell> cells = new HashMap<>();
        for (Contender next : versions.subList(1, versions.size())) {
            Image image = standing.image();
            Contender first = image == null ? standing : standing.withImage(image.with(cells));
            Ruling ruling = arbiter.decide(first, next, base);
            if (ruling == Side.SECOND) {
                standing = next;
                cells.clear();
            } else if (ruling instanceof Ruling.Cells merged) {
                if (latest.decide(List.of(standing, next), base).standing().equals(next)) {
                    standing = next;
                    cells.clear();
                }
                cells.putAll(merged.cells());
            }
        }
        return new Outcome(standing, cells, false);
    }
}
