package dev.entwine.db;

import dev.entwine.model.Position;
import dev.entwine.model.SiteId;
import dev.entwine.model.VersionVector;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * By what it is known that a site is still what the others take it for: a database that was restored from a backup, promoted from a
 * standby that lagged, or copied, has gone back in its own log or in what it has applied.
 *
 * @param acknowledged up to where the site's own log will not be read again, as the site's tables say; right before its beginning
 *                     when they say nothing
 * @param applied      what the site has applied of the others' logs
 * @param remembered   what an engine noted here lately of every site
 * @param end          of the site's log
 */
public record SiteMarks(
        SiteId site,
        Incarnation.Both incarnation,
        Position acknowledged,
        VersionVector applied,
        Map<SiteId, Known> remembered,
        Position end,
        Optional<Slots.Slot> slot,
        Optional<InitialRows.Range> initial) {

    /**
     * What was once certain of a site, as its own log had shown it: it was on its disk.
     *
     * @param acknowledged up to where its log will not be read again
     * @param applied      of the others' logs
     */
    public record Known(Position acknowledged, VersionVector applied) {
        public static final Known NOTHING = new Known(Position.NONE, VersionVector.EMPTY);
    }

    /** Of a site with our schema. */
    public static SiteMarks read(SiteId site, Connection connection) throws SQLException {
        Map<SiteId, Position> progress = Bookkeeping.progress(connection);
        Position own = progress.remove(site);
        Optional<Slots.Slot> slot = Slots.find(connection);
        Optional<InitialRows.Range> initial = InitialRows.range(connection);
        Position begin = initial.map(InitialRows.Range::first)
                .or(() -> slot.flatMap(Slots.Slot::confirmed))
                .map(Position::previous)
                .orElse(Position.NONE);
        return new SiteMarks(
                site,
                Incarnation.read(connection),
                own == null ? begin : own,
                VersionVector.of(progress),
                remembered(connection),
                SiteState.insertPosition(connection),
                slot,
                initial);
    }

    private static Map<SiteId, Known> remembered(Connection connection) throws SQLException {
        String sql = "SELECT k.key, k.value ->> 'acknowledged', k.value ->> 'applied' FROM entwine.lease,"
                + " jsonb_each(known) AS k";
        Map<SiteId, Known> remembered = new LinkedHashMap<>();
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            while (row.next()) {
                remembered.put(
                        new SiteId(row.getString(1)),
                        new Known(Position.parse(row.getString(2)), VersionVector.parse(row.getString(3))));
            }
        }
        return remembered;
    }

    /**
     * What is wrong with which site, in words; empty when all are what they were.
     *
     * @param sites of all sites
     */
    public static Map<SiteId, String> changed(Collection<SiteMarks> sites) {
        Map<SiteId, String> changed = new LinkedHashMap<>();
        for (SiteMarks site : sites) {
            Optional<String> reason = Optional.empty();
            for (SiteMarks other : sites) {
                Known known = other.remembered.getOrDefault(site.site, Known.NOTHING);
                reason = reason.or(() -> site.reason(known))
                        .or(() -> site.without(other))
                        .or(() -> site.behind(other));
            }
            reason.ifPresent(words -> changed.put(site.site, words));
        }
        return changed;
    }

    /**
     * For a site that an engine works with.
     *
     * @param expected what it was when the engine began
     * @param known    what the engine knows of it; read before the marks were
     */
    public void requireUnchanged(Incarnation expected, Known known) throws ChangedSiteException {
        Optional<String> reason = expected.id().equals(incarnation.recorded().id())
                ? reason(known)
                : Optional.of("its database has begun anew, in another incarnation");
        if (reason.isPresent()) {
            throw new ChangedSiteException(site, reason.get());
        }
    }

    private Optional<String> reason(Known known) {
        Incarnation recorded = incarnation.recorded();
        Incarnation present = incarnation.present();
        if (!recorded.systemIdentifier().equals(present.systemIdentifier())) {
            return Optional.of("this is a copy of the database that was initialized (system identifier "
                    + present.systemIdentifier() + ", then " + recorded.systemIdentifier() + ")");
        }
        if (!recorded.timeline().equals(present.timeline())) {
            return Optional.of("a backup was restored here, or a standby was promoted (timeline " + present.timeline()
                    + " of the server's log, before " + recorded.timeline() + ")");
        }
        if (known.acknowledged().isAfter(acknowledged)) {
            return Optional.of("its database has gone back: its log was acknowledged up to " + known.acknowledged()
                    + ", and it knows of no more than " + acknowledged);
        }
        for (SiteId source : known.applied().sites()) {
            if (known.applied().at(source).isAfter(applied.at(source))) {
                return Optional.of("its database has gone back: it had applied " + source + "'s changes up to "
                        + known.applied().at(source) + ", and has them only up to " + applied.at(source));
            }
        }
        return withoutLog();
    }

    private Optional<String> withoutLog() {
        if (slot.isEmpty()) {
            return Optional.of("its replication slot is gone, and with it changes that were not read yet");
        }
        if (slot.get().lost() || slot.get().confirmed().isEmpty()) {
            return Optional.of("its replication slot " + slot.get().name()
                    + " is invalid: the server has thrown away log that was not read yet");
        }
        Position confirmed = slot.get().confirmed().get();
        // Not even the log's beginning is needed while initial rows come before it.
        Position needed =
                initial.map(rows -> Position.max(acknowledged, rows.last())).orElse(acknowledged);
        if (confirmed.isAfter(needed.next())) {
            return Optional.of("the slot " + slot.get().name() + " stands at " + confirmed
                    + ", but no engine has acknowledged more than " + needed
                    + ": somebody else has moved it, and the changes between are not readable any more");
        }
        return Optional.empty();
    }

    /** Every site begins with a place in the log of every other one. */
    private Optional<String> without(SiteMarks other) {
        return other.site.equals(site) || !applied.at(other.site).equals(Position.NONE)
                ? Optional.empty()
                : Optional.of("its record of what it has applied of site " + other.site
                        + "'s changes is gone (table entwine.progress)");
    }

    private Optional<String> behind(SiteMarks other) {
        Position applied = other.applied.at(site);
        return applied.isAfter(end)
                ? Optional.of("its database has gone back: site " + other.site + " has applied its changes up to "
                        + applied + ", and its log ends at " + end)
                : Optional.empty();
    }
}
