package dev.entwine.merge;

import dev.entwine.model.Image;
import dev.entwine.model.SiteId;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The policies that choose one whole version. Each is a function of the set of versions: the greatest in a total order, of the
 * versions with a row and of the deletes each by themselves where these are weighed differently.
 */
public final class RowPolicy implements Policy {
    /** What stands, by the policy's order, in the words of a reason. */
    private enum Basis {
        LATER,
        EARLIER,
        PRECEDENCE,
        COLUMN
    }

    private final String name;
    private final Basis basis;
    /** The greater version stands. */
    private final Comparator<Contender> order;

    private final Comparator<Contender> latest;
    private final DeleteRule deletes;
    private final Columns columns;
    private final boolean open;
    private final boolean halts;

    private RowPolicy(
            String name,
            Basis basis,
            Comparator<Contender> order,
            Comparator<Contender> latest,
            DeleteRule deletes,
            Columns columns,
            boolean open,
            boolean halts) {
        this.name = name;
        this.basis = basis;
        this.order = order;
        this.latest = latest;
        this.deletes = deletes;
        this.columns = columns;
        this.open = open;
        this.halts = halts;
    }

    /** The later stamp stands; of equal ones the site that comes first. */
    public static RowPolicy latest(List<SiteId> precedence) {
        return ordered("latest", Basis.LATER, byTime(precedence), precedence);
    }

    /** The earlier stamp stands; of equal ones the site that comes first. */
    public static RowPolicy earliest(List<SiteId> precedence) {
        return ordered(
                "earliest",
                Basis.EARLIER,
                Comparator.comparing(Contender::stamp).reversed().thenComparing(byPrecedence(precedence)),
                precedence);
    }

    /** The site that comes first stands; of one site's versions the later. */
    public static RowPolicy precedence(List<SiteId> precedence) {
        return ordered(
                "precedence", Basis.PRECEDENCE, byPrecedence(precedence).thenComparing(Contender::stamp), precedence);
    }

    /** The version with the greater value in a column stands; NULL loses; of equal values the later. Cannot compare deletes. */
    public static RowPolicy greatest(int column, CellOrder values, List<SiteId> precedence) {
        return byColumn("greatest", column, values, precedence);
    }

    /** The version with the lesser value in a column stands; NULL loses; of equal values the later. Cannot compare deletes. */
    public static RowPolicy least(int column, CellOrder values, List<SiteId> precedence) {
        return byColumn("least", column, values.reversed(), precedence);
    }

    private static RowPolicy byColumn(String name, int column, CellOrder values, List<SiteId> precedence) {
        Comparator<Contender> order = Comparator.comparing(version -> version.cell(column), values);
        return new RowPolicy(
                name,
                Basis.COLUMN,
                order.thenComparing(byTime(precedence)),
                byTime(precedence),
                DeleteRule.LATEST,
                Columns.NONE,
                false,
                false);
    }

    private static RowPolicy ordered(String name, Basis basis, Comparator<Contender> order, List<SiteId> precedence) {
        return new RowPolicy(name, basis, order, byTime(precedence), DeleteRule.AS_ROW, Columns.NONE, false, false);
    }

    static Comparator<Contender> byTime(List<SiteId> precedence) {
        return Comparator.comparing(Contender::stamp).thenComparing(byPrecedence(precedence));
    }

    static Comparator<Contender> byPrecedence(List<SiteId> precedence) {
        return Comparator.comparingInt((Contender contender) -> precedence.indexOf(contender.site()))
                .reversed();
    }

    /** This one under the name that the configuration gives it. */
    public RowPolicy named(String text) {
        return new RowPolicy(text, basis, order, latest, deletes, columns, open, halts);
    }

    /** This one with another rule for deletes; {@link DeleteRule#AS_ROW} leaves what it has. */
    public RowPolicy onDelete(DeleteRule rule) {
        return rule == DeleteRule.AS_ROW ? this : new RowPolicy(name, basis, order, latest, rule, columns, open, halts);
    }

    /** This one with columns that are merged by themselves. */
    public RowPolicy with(Columns merged) {
        return new RowPolicy(name, basis, order, latest, deletes, merged, open, halts);
    }

    /** This one, and what it decides is for the time being only. */
    public RowPolicy leavingOpen() {
        return new RowPolicy(name, basis, order, latest, deletes, columns, true, halts);
    }

    /** This one, and the engine stops where it would have to be asked. */
    public RowPolicy halting() {
        return new RowPolicy(name, basis, order, latest, deletes, columns, open, true);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Columns columns() {
        return columns;
    }

    @Override
    public boolean halts() {
        return halts;
    }

    @Override
    public Outcome decide(List<Contender> heads, @Nullable Image base) {
        return new Outcome(standing(heads), Map.of(), open);
    }

    @Override
    public String reason(Contender stood, Contender lost) {
        boolean deleted = stood.image() == null;
        if (deleted && lost.image() == null) {
            return "both deleted the row";
        }
        if (deletes != DeleteRule.AS_ROW && (deleted || lost.image() == null)) {
            return switch (deletes) {
                case UPDATE_WINS -> "a change wins over a delete";
                case DELETE_WINS -> "a delete wins over a change";
                case LATEST, AS_ROW -> Reasons.byTime(stood, lost);
            };
        }
        return switch (basis) {
            case LATER, EARLIER -> Reasons.byTime(stood, lost);
            case PRECEDENCE -> "site " + stood.site() + " comes before site " + lost.site();
            case COLUMN -> "by " + name + ", and of equal values by time: " + Reasons.byTime(stood, lost);
        };
    }

    private Contender standing(List<Contender> heads) {
        List<Contender> rows =
                heads.stream().filter(version -> version.image() != null).toList();
        List<Contender> deleted =
                heads.stream().filter(version -> version.image() == null).toList();
        if (deletes == DeleteRule.AS_ROW || deleted.isEmpty()) {
            return greatest(heads, order);
        }
        if (rows.isEmpty() || deletes == DeleteRule.DELETE_WINS) {
            return greatest(deleted, latest);
        }
        Contender row = greatest(rows, order);
        return deletes == DeleteRule.UPDATE_WINS ? row : greatest(List.of(row, greatest(deleted, latest)), latest);
    }

    private static Contender greatest(List<Contender> versions, Comparator<Contender> by) {
        Contender result = versions.getFirst();
        for (Contender version : versions) {
            result = by.compare(version, result) > 0 ? version : result;
        }
        return result;
    }
}
