package dev.entwine.merge;

import dev.entwine.merge.Verdict.Choice;
import dev.entwine.model.SiteId;
import java.util.Comparator;
import java.util.List;

/**
 * The policies that choose one whole version. Each compares versions by a total order, so that the outcome does not depend on
 * which of them arrives first.
 */
public final class RowPolicy implements Policy {
    private final String name;
    /** The greater version stands. */
    private final Comparator<Contender> order;

    private RowPolicy(String name, Comparator<Contender> order) {
        this.name = name;
        this.order = order;
    }

    /** The later stamp stands; of equal ones the site that comes first. */
    public static Policy latest(List<SiteId> precedence) {
        return new RowPolicy("latest", Comparator.comparing(Contender::stamp).thenComparing(byPrecedence(precedence)));
    }

    /** The earlier stamp stands; of equal ones the site that comes first. */
    public static Policy earliest(List<SiteId> precedence) {
        return new RowPolicy(
                "earliest", Comparator.comparing(Contender::stamp).reversed().thenComparing(byPrecedence(precedence)));
    }

    /** The site that comes first stands; of one site's versions the later. */
    public static Policy precedence(List<SiteId> precedence) {
        return new RowPolicy("precedence", byPrecedence(precedence).thenComparing(Contender::stamp));
    }

    private static Comparator<Contender> byPrecedence(List<SiteId> precedence) {
        return Comparator.comparingInt((Contender contender) -> precedence.indexOf(contender.site()))
                .reversed();
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Verdict decide(Contender merged, Contender arriving) {
        return order.compare(arriving, merged) > 0 ? Choice.ARRIVING : Choice.MERGED;
    }
}
