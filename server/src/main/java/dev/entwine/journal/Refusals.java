package dev.entwine.journal;

import dev.entwine.journal.Outcome.Kind;
import dev.entwine.journal.Outcome.Refused;
import dev.entwine.model.Revision;
import dev.entwine.model.SiteId;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;

/** What cannot be done to an entry, and why. */
final class Refusals {
    private static final String BY_HAND = "write the values that you want at any site";
    private static final Set<String> DATA = Set.of("21", "22", "23", "44", "54", "P0");

    private Refusals() {}

    /** The database does not take the row as it is. */
    static boolean isOfData(SQLException e) {
        String state = String.valueOf(e.getSQLState());
        return state.length() == 5 && DATA.contains(state.substring(0, 2));
    }

    static boolean isLocked(SQLException e) {
        return Set.of("55P03", "40P01").contains(String.valueOf(e.getSQLState()));
    }

    static Refused byDatabase(String id, SQLException e) {
        return refused(
                id,
                "the database does not take the row: "
                        + String.valueOf(e.getMessage()).lines().findFirst().orElse("") + " (SQLSTATE "
                        + e.getSQLState() + ")",
                "make room for it and try again, or " + BY_HAND);
    }

    static Refused locked(String id, SiteId site) {
        return refused(
                id, "another transaction at site " + site + " holds the row and does not let go", "try it again");
    }

    static Refused notTaken(JournalEntry entry, SiteId site) {
        return refused(
                entry.id(),
                "the database took the statement and changed no row; does a trigger or a rule of table " + entry.table()
                        + " at site " + site + " keep it from that?",
                "write the row by hand, and close the conflict with 'keep " + entry.id() + " --as-is'");
    }

    static Refused notTried(String id, String because) {
        return refused(id, "it was not tried, because of " + because, "name it without that one");
    }

    private static Refused refused(String id, String why, String next) {
        return new Refused(id, Kind.REFUSED, why, next);
    }

    private static Refused wrong(String id, String why, String next) {
        return new Refused(id, Kind.WRONG, why, next);
    }

    /** What the entry itself says against it. */
    static Optional<Refused> ofOrder(JournalEntry entry, Order order) {
        if (order.asIs()) {
            return entry.isOpen()
                    ? Optional.empty()
                    : Optional.of(
                            refused(entry.id(), "it is closed already (" + entry.status() + ")", "nothing is to do"));
        }
        if (entry.versions().isEmpty()) {
            return Optional.of(refused(entry.id(), "the entry does not hold both versions", BY_HAND));
        }
        if (order.values().isPresent()) {
            return ofValues(entry, order.values().get());
        }
        return order.kind() == Revision.Kind.KEEP ? ofKeep(entry, order) : ofUndo(entry);
    }

    private static Optional<Refused> ofValues(JournalEntry entry, ObjectNode values) {
        if (!entry.standing().isObject()) {
            return Optional.of(refused(entry.id(), "the row was to be deleted, so there is nothing to edit", BY_HAND));
        }
        for (String column : values.propertyNames()) {
            if (entry.key().has(column) || !entry.columns().contains(column)) {
                return Optional.of(wrong(
                        entry.id(),
                        "column '" + column + "' is part of the key, or is not one of " + entry.columns(),
                        "leave it out"));
            }
            if (!values.path(column).isString() && !values.path(column).isNull()) {
                return Optional.of(wrong(
                        entry.id(),
                        "the value of column '" + column + "' is neither text nor null",
                        "write it as text"));
            }
        }
        return values.isEmpty()
                ? Optional.of(wrong(entry.id(), "no column is given", "give those that are to be otherwise"))
                : Optional.empty();
    }

    private static Optional<Refused> ofKeep(JournalEntry entry, Order order) {
        String site = order.site().map(SiteId::name).orElse("");
        List<String> sites = entry.versions().stream().map(Version::site).toList();
        if (!sites.contains(site)) {
            return Optional.of(wrong(
                    entry.id(),
                    "it is a conflict between " + String.join(" and ", sites) + "; site " + site
                            + " has no version in it",
                    "name one of these two with --site"));
        }
        return Optional.empty();
    }

    private static Optional<Refused> ofUndo(JournalEntry entry) {
        String id = entry.id();
        if (entry.isOpen()) {
            return Optional.of(refused(
                    id, "it is open: nobody has decided it yet", "decide it with 'keep " + id + " --site SITE'"));
        }
        if (entry.isUndone()) {
            return Optional.of(refused(
                    id,
                    "it was undone already, and the version of "
                            + entry.madeToStand().orElse("?") + " was brought back",
                    "to take that back, 'keep " + id + " --site " + entry.winnerNow() + "'"));
        }
        if (entry.winnerNow().equals(JournalEntry.MERGED)) {
            List<String> sites = entry.versions().stream().map(Version::site).toList();
            return Optional.of(refused(
                    id,
                    "both versions went into the row, so there is not one loser",
                    "choose one with 'keep " + id + " --site " + String.join("|", sites) + "'"));
        }
        return entry.versions().stream().allMatch(Version::isDelete)
                ? Optional.of(refused(id, "both sites deleted the row, so nothing was lost", "nothing is to do"))
                : Optional.empty();
    }

    /** What the table as it is now says against it. */
    static Optional<Refused> ofTable(
            JournalEntry entry, Version wanted, Optional<LiveTable> live, boolean published, SiteId site) {
        String table = "table " + entry.table() + " at site " + site;
        if (live.isEmpty()) {
            return Optional.of(refused(entry.id(), table + " is not there any more", "nothing can be done here"));
        }
        if (!published) {
            return Optional.of(refused(
                    entry.id(), table + " is not synchronized any more, so a change would stay at that site", BY_HAND));
        }
        List<String> then = entry.columns();
        List<String> dropped = new ArrayList<>(then);
        dropped.removeAll(live.get().columns());
        List<String> added = new ArrayList<>(live.get().columns());
        added.removeAll(then);
        if (!then.isEmpty() && !(dropped.isEmpty() && added.isEmpty())) {
            return Optional.of(refused(
                    entry.id(),
                    "the columns of " + table + " have changed since: " + changes(dropped, added),
                    BY_HAND));
        }
        List<String> leftOut = new ArrayList<>(then);
        leftOut.removeAll(wanted.image().propertyNames());
        return wanted.isDelete() || leftOut.isEmpty()
                ? Optional.empty()
                : Optional.of(refused(
                        entry.id(),
                        "the version of " + wanted.site() + " is not whole: the log left out the large value of "
                                + String.join(", ", leftOut)
                                + ", and it stood nowhere any more when the conflict was decided",
                        BY_HAND));
    }

    private static String changes(List<String> dropped, List<String> added) {
        List<String> changes = new ArrayList<>();
        if (!dropped.isEmpty()) {
            changes.add(String.join(", ", dropped) + " is not there any more");
        }
        if (!added.isEmpty()) {
            changes.add(String.join(", ", added) + " is new");
        }
        return String.join("; ", changes);
    }

    static Optional<Refused> ofFixed(String id, LiveTable table, List<String> changed) {
        List<String> fixed = changed.stream().filter(table::isFixed).toList();
        return fixed.isEmpty()
                ? Optional.empty()
                : Optional.of(refused(
                        id,
                        "column " + String.join(", ", fixed) + " of table " + table.id()
                                + " is GENERATED ALWAYS AS IDENTITY, and the two versions differ in it",
                        "delete the row and insert it with OVERRIDING SYSTEM VALUE at any site"));
    }
}
