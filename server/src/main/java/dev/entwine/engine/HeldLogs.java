package dev.entwine.engine;

import dev.entwine.db.HeldLog;
import dev.entwine.db.Said;
import dev.entwine.model.SiteId;
import java.sql.SQLException;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Notes at a site that its log is held by a guard, and looks there for the answer. Owned by the engine's keeper. */
final class HeldLogs {
    private static final Logger LOG = LoggerFactory.getLogger(HeldLogs.class);

    private final Core core;
    /** Noted, and told. */
    private final Map<SiteId, HeldLog> noted = new HashMap<>();

    HeldLogs(Core core) {
        this.core = core;
    }

    /** Before any log is taken. */
    void read(Collection<Lease> leases) throws EngineFailure {
        for (Lease lease : leases) {
            try {
                core.recorded(lease.site(), HeldLog.read(lease.connection()));
            } catch (SQLException e) {
                throw new EngineFailure(
                        "site " + lease.site() + ": entwine.held cannot be read (SQLSTATE " + e.getSQLState() + "): "
                                + Said.by(e) + "; mend it and run again",
                        e);
            }
        }
    }

    /** Does nothing while the site's log is not held. */
    void look(Lease lease) throws SQLException {
        Optional<HeldLog> found = core.heldLog(lease.site());
        if (found.isEmpty()) {
            noted.remove(lease.site());
            return;
        }
        HeldLog held = found.get();
        if (!held.equals(noted.get(lease.site()))) {
            core.renewed(lease.site(), held.note(lease.connection()));
        }
        Optional<HeldLog.Allowed> answer =
                HeldLog.at(lease.connection(), held.position()).flatMap(HeldLog::allowed);
        if (answer.isPresent()) {
            LOG.warn(
                    "site {}: what a guard held at {} is let through, as {} said",
                    lease.site(),
                    held.position(),
                    answer.get().by());
            core.allow(lease.site(), held, answer.get().through());
        } else if (!held.equals(noted.put(lease.site(), held))) {
            LOG.warn(
                    "site {}: held by a guard from position {} on, nothing of it goes to other sites and nothing comes"
                            + " to it: {}; see 'entwine guard CONFIG'",
                    lease.site(),
                    held.position(),
                    held.what());
        }
    }
}
