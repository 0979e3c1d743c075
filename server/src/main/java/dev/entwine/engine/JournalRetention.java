package dev.entwine.engine;

import dev.entwine.apply.Applier.Sleeper;
import dev.entwine.config.EngineSettings;
import dev.entwine.db.Endpoint;
import dev.entwine.db.Sessions;
import dev.entwine.model.SiteId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Drops what is too old or too much from the sites' journals, in small steps. An open entry stays, and so does one that is not
 * finished, for a restart reads it. Owned by its thread.
 */
final class JournalRetention {
    private static final int ROUND_MS = 10_000;
    private static final int PAUSE_MS = 100;
    /** Of one transaction: a step is done in some milliseconds, and holds no lock that anybody waits for for longer. */
    private static final int STEP_ENTRIES_MAX = 1000;

    private static final String BY_AGE = "at < now() - make_interval(days => ?) ORDER BY at LIMIT " + STEP_ENTRIES_MAX;

    private static final String BY_NUMBER = "true ORDER BY at LIMIT least(" + STEP_ENTRIES_MAX
            + ", greatest(0, (SELECT count(*) FROM entwine.conflict) - ?))";

    private static final Logger LOG = LoggerFactory.getLogger(JournalRetention.class);

    private final Map<SiteId, Endpoint> endpoints;
    private final EngineSettings settings;
    private final Committed committed;
    private final Sleeper sleeper;

    /** Told of each transaction, which appears in no log. */
    interface Committed {
        void at(SiteId site, int transaction);
    }

    JournalRetention(Map<SiteId, Endpoint> endpoints, EngineSettings settings, Committed committed, Sleeper sleeper) {
        this.endpoints = Map.copyOf(endpoints);
        this.settings = settings;
        this.committed = committed;
        this.sleeper = sleeper;
    }

    boolean isWanted() {
        return settings.journalDaysMax() > 0 || settings.journalEntriesMax() > 0;
    }

    /** Works until interrupted. */
    void run() throws InterruptedException {
        while (true) {
            for (Endpoint endpoint : endpoints.values()) {
                clean(endpoint);
            }
            sleeper.sleep(ROUND_MS);
        }
    }

    /** A site that is away, or has no time, is cleaned another time. */
    private void clean(Endpoint endpoint) throws InterruptedException {
        try (Connection connection = Sessions.open(endpoint, Sessions.Purpose.CONTROL)) {
            while (settings.journalDaysMax() > 0
                    && step(endpoint.site(), connection, BY_AGE, settings.journalDaysMax())) {
                sleeper.sleep(PAUSE_MS);
            }
            while (settings.journalEntriesMax() > 0
                    && step(endpoint.site(), connection, BY_NUMBER, settings.journalEntriesMax())) {
                sleeper.sleep(PAUSE_MS);
            }
        } catch (SQLException e) {
            LOG.debug("site {}: the journal is not cleaned now", endpoint.site(), e);
        }
    }

    /** Whether there may be more to drop. */
    private boolean step(SiteId site, Connection connection, String which, long limit) throws SQLException {
        String sql = "WITH dropped AS (DELETE FROM entwine.conflict WHERE finished AND status <> 'open' AND id IN"
                + " (SELECT id FROM entwine.conflict WHERE finished AND status <> 'open' AND " + which
                + ") RETURNING 1) SELECT count(*), pg_current_xact_id_if_assigned()::xid::text FROM dropped";
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            if (which.equals(BY_AGE)) {
                statement.setInt(1, (int) limit);
            } else {
                statement.setLong(1, limit);
            }
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                long dropped = row.getLong(1);
                String transaction = row.getString(2);
                if (dropped > 0 && transaction != null) {
                    committed.at(site, Integer.parseUnsignedInt(transaction));
                    LOG.info("site {}: {} entries dropped from the journal", site, dropped);
                }
                return dropped == STEP_ENTRIES_MAX;
            }
        }
    }
}
