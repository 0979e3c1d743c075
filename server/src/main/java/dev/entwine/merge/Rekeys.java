package dev.entwine.merge;

import dev.entwine.merge.NaturalKeys.Row;
import dev.entwine.merge.RekeyRequest.Wanted;
import dev.entwine.model.Change;
import dev.entwine.model.Image;
import dev.entwine.model.LogEntry;
import dev.entwine.model.LogEntry.LocalTransaction;
import dev.entwine.model.Operation;
import dev.entwine.model.Position;
import dev.entwine.model.RowKey;
import dev.entwine.model.SiteId;
import dev.entwine.model.TableId;
import dev.entwine.model.VersionVector;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Finds, before a transaction is taken, the rows that it inserts under an id which another site has given to something else, or for
 * something that another site has inserted under another id. Such a row has reached no other site yet. So its own site gives it another
 * id, and until then its log is taken no further; after that the log is read as if it had always been so. Owned by the merger.
 */
final class Rekeys {
    /** How many rows get other ids in one transaction, about: each takes a pass over all that may refer to them. */
    private static final int ROWS_MAX = 20_000;

    /**
     * A request stands as it is until it is answered: the site may have done it, and the answer may be lost.
     *
     * @param urgent   the rows of the transaction that waits; the request may name rows of later ones too
     * @param complete whether nothing is added any more
     */
    private record Asked(RekeyRequest request, List<Wanted> urgent, boolean complete) {}

    private final RekeyRules rules;
    private final Window window;
    private final long epoch;
    private final Map<SiteId, RekeyedLog> logs = new TreeMap<>();
    /** What an engine before this one had taken for certain: it went to other sites, and cannot get other ids any more. */
    private final VersionVector spread;

    private final NaturalKeys naturalKeys = new NaturalKeys();
    private final Map<TableId, Long> highest = new HashMap<>();
    private long requested;
    private final Map<SiteId, Asked> requests = new TreeMap<>();
    /** Per site the last place at which rows stay as they are, because they could not get other ids. */
    private final Map<SiteId, Position> refused = new TreeMap<>();

    Rekeys(RekeyRules rules, Window window, long epoch, Map<SiteId, Recovered> recovered) {
        this.epoch = epoch;
        this.rules = rules;
        this.window = window;
        VersionVector applied = VersionVector.EMPTY;
        for (Map.Entry<SiteId, Recovered> found : recovered.entrySet()) {
            applied = applied.join(found.getValue().progress().without(found.getKey()));
            for (StoredRow row : found.getValue().rows().values()) {
                applied = applied.join(row.vector());
            }
            RekeyedLog log = new RekeyedLog(rules);
            found.getValue().rekeys().forEach(log::add);
            logs.put(found.getKey(), log);
        }
        this.spread = applied;
    }

    /** The transaction with the ids that its rows have now. */
    LocalTransaction read(LocalTransaction transaction) {
        return log(transaction.site()).read(transaction);
    }

    /**
     * Whether a transaction may be taken. If not, then its site has to be asked for other ids, or the other logs have to be taken
     * further, for what a site has applied came first.
     *
     * @param taken up to where the logs have been taken
     */
    boolean admits(SiteView view, LocalTransaction transaction, Supplier<VersionVector> taken) {
        if (requests.containsKey(view.site())) {
            return false;
        }
        List<Change> inserts = inserts(transaction);
        Position position = transaction.position();
        if (inserts.isEmpty() || spread.contains(view.site(), position) || position.equals(refused.get(view.site()))) {
            return true;
        }
        if (!taken.get().covers(spread.without(view.site()))) {
            return false;
        }
        List<Wanted> wanted = new ArrayList<>(0);
        for (Change insert : inserts) {
            wanted(view, position, insert).ifPresent(wanted::add);
        }
        if (!wanted.isEmpty()) {
            requests.put(view.site(), new Asked(request(view.site(), position, wanted), wanted, false));
        }
        return wanted.isEmpty();
    }

    private RekeyRequest request(SiteId site, Position since, Collection<Wanted> rows) {
        return new RekeyRequest(site, epoch, ++requested, since, List.copyOf(rows), highest);
    }

    /**
     * Adds rows of later transactions, judged by what is known now; at once or never. Should that be wrong in the end, then a row has got another id
     * without need: at its own site and in all that is read of it.
     */
    void foresee(SiteView view, Collection<LogEntry> next) {
        Asked asked = requests.get(view.site());
        if (asked == null || asked.complete()) {
            return;
        }
        Map<RowKey, Wanted> rows = new LinkedHashMap<>();
        asked.urgent().forEach(row -> rows.put(new RowKey(row.table(), List.of(row.from())), row));
        for (LogEntry entry : next) {
            if (entry instanceof LocalTransaction transaction && rows.size() < ROWS_MAX) {
                for (Change insert : inserts(read(transaction))) {
                    wanted(view, transaction.position(), insert).ifPresent(row -> rows.putIfAbsent(insert.key(), row));
                }
            }
        }
        requests.put(
                view.site(),
                new Asked(request(view.site(), asked.request().since(), rows.values()), asked.urgent(), true));
    }

    private List<Change> inserts(LocalTransaction transaction) {
        boolean any = false;
        for (Change change : rules.isEmpty() ? List.<Change>of() : transaction.changes()) {
            any |= isInsert(change);
        }
        return any
                ? Fold.net(transaction.changes()).stream()
                        .filter(this::isInsert)
                        .toList()
                : List.of();
    }

    private boolean isInsert(Change change) {
        return change.operation() == Operation.INSERT
                && rules.rules().containsKey(change.table().id());
    }

    private Optional<Wanted> wanted(SiteView view, Position position, Change insert) {
        RekeyRules.Rule rule = rule(insert.table().id());
        RowKey key = insert.key();
        Image image = insert.after();
        if (rule == null || image == null) {
            return Optional.empty();
        }
        String id = key.values().getFirst();
        Optional<Row> same = naturalKeys
                .holder(rule, image)
                .filter(row -> !row.key().equals(key)
                        && !isHad(view.site(), row.key())
                        && !row.isKnown(view.seen(row.key().id()).with(view.site(), position)));
        if (same.isPresent()) {
            return Optional.of(new Wanted(
                    key.table(), id, Optional.of(same.get().key().values().getFirst()), position));
        }
        boolean taken = rule.onSameId()
                && isConcurrent(view, position, key)
                && naturalKeys
                        .row(key.id())
                        .filter(row -> !NaturalKeys.isSame(row, rule, image))
                        .isPresent();
        return taken ? Optional.of(new Wanted(key.table(), id, Optional.empty(), position)) : Optional.empty();
    }

    /** Whether a site has the row itself, by a change that it made of it; a row that has left the window, every site has. */
    private boolean isHad(SiteId site, RowKey key) {
        WindowRow row = window.get(key.id());
        if (row == null || !row.inConflict()) {
            return row == null || row.vector().sites().contains(site);
        }
        ConflictState conflict =
                row.conflict(); // its vector names also what those who changed it had seen of other rows
        return conflict.taken().sites().contains(site)
                || conflict.merged().heads().stream()
                        .anyMatch(head -> head.site().equals(site));
    }

    private boolean isConcurrent(SiteView view, Position position, RowKey key) {
        WindowRow row = window.get(key.id());
        return row != null
                && !row.vector().contains(view.site(), position)
                && !view.seen(key.id()).with(view.site(), position).covers(row.vector());
    }

    private RekeyRules.@Nullable Rule rule(TableId table) {
        return rules.rules().get(table);
    }

    /**
     * A change was merged.
     *
     * @param first whether no change of the row had been taken before, by this engine: what one before it had taken and that has not
     *              reached every site is taken again, in the same order as far as one change had seen another
     */
    void taken(SiteId site, Position position, Change change, WindowRow row, boolean first) {
        RekeyRules.Rule rule = rule(change.table().id());
        if (rule == null) {
            return;
        }
        Image now = row.inConflict() ? row.conflict().merged().image() : change.after();
        naturalKeys.put(rule, change, site, position, now, first);
        naturalKeys.sweep(id -> window.get(id) != null);
        try {
            highest.merge(
                    change.table().id(), Long.parseLong(change.key().values().getFirst()), Math::max);
        } catch (NumberFormatException e) {
            return; // an id that is no number has no successor
        }
    }

    Optional<RekeyRequest> request(SiteId site) {
        Asked asked = requests.get(site);
        return asked == null ? Optional.empty() : Optional.of(asked.request());
    }

    /** The site has committed the new ids, durably. */
    void done(RekeyRequest request, List<Rekey> rekeys) {
        requests.remove(request.site());
        rekeys.forEach(log(request.site())::add);
    }

    /** The site cannot give its rows other ids: they are merged with those that they have. */
    void refused(RekeyRequest request) {
        Asked asked = requests.remove(request.site());
        if (asked != null && request.rows().size() > asked.urgent().size()) {
            RekeyRequest less = request(request.site(), request.since(), asked.urgent());
            requests.put(request.site(), new Asked(less, asked.urgent(), true));
            return;
        }
        refused.put(request.site(), request.since());
    }

    void passed(SiteId site, long transaction) {
        log(site).passed(transaction);
    }

    private RekeyedLog log(SiteId site) {
        RekeyedLog log = logs.get(site);
        if (log == null) {
            throw new IllegalArgumentException("no log of site " + site);
        }
        return log;
    }
}
