package dev.entwine.db;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The session advisory lock that a command holds at every site while it changes the set of a running engine: the engine gives up its
 * leases when it sees it, and none takes them while it is held. It ends with the connections. Owned by one thread.
 */
public final class ChangeLock implements AutoCloseable {
    /** A running engine looks once a second, and ends within some seconds. */
    private static final Duration GIVE_WAY_MAX = Duration.ofSeconds(30);

    /** Looking takes the lock for a moment too. */
    private static final String OTHERS_MOMENT = "SET lock_timeout = '3s'";

    private static final int LOOK_MILLIS = 100;
    private static final String LOCK_NOT_AVAILABLE = "55P03";

    private final List<Connection> connections = new ArrayList<>();
    private boolean madeWay;

    private ChangeLock() {}

    /**
     * Takes it at all sites and waits until no engine has a lease.
     *
     * @throws SiteException a site cannot be reached, another such command is at work, or an engine does not give way
     */
    public static ChangeLock take(List<Endpoint> sites) throws SiteException, InterruptedException {
        ChangeLock lock = new ChangeLock();
        boolean taken = false;
        try {
            for (Endpoint site : sites) {
                lock.takeAt(site);
            }
            for (int i = 0; i < sites.size(); i++) {
                lock.awaitNoEngine(sites.get(i), lock.connections.get(i));
            }
            taken = true;
            return lock;
        } finally {
            if (!taken) {
                lock.close();
            }
        }
    }

    private void takeAt(Endpoint site) throws SiteException {
        try {
            Connection connection = Sessions.open(site, Sessions.Purpose.CONTROL);
            connections.add(connection);
            try (Statement statement = connection.createStatement()) {
                statement.execute(OTHERS_MOMENT);
                statement.execute(
                        "SELECT pg_advisory_lock(" + Names.LOCK_CLASS + ", " + Names.CHANGE_LOCK_OBJECT + ")");
            }
        } catch (SQLException e) {
            String doing = LOCK_NOT_AVAILABLE.equals(e.getSQLState())
                    ? "waiting for another command that changes the set"
                    : "taking the lock for a change of the set";
            throw new SiteException(site.site(), doing, e);
        }
    }

    private void awaitNoEngine(Endpoint site, Connection connection) throws SiteException, InterruptedException {
        long giveUpNanos = System.nanoTime() + GIVE_WAY_MAX.toNanos();
        try {
            while (isHeldByAnother(connection, Names.LOCK_OBJECT)) {
                madeWay = true;
                if (System.nanoTime() - giveUpNanos > 0) {
                    throw new SQLException(
                            "the engine has not given way within " + GIVE_WAY_MAX.toSeconds()
                                    + " s; stop it, and run this command again",
                            LOCK_NOT_AVAILABLE);
                }
                Thread.sleep(LOOK_MILLIS);
            }
        } catch (SQLException e) {
            throw new SiteException(site.site(), "waiting for the engine to give way", e);
        }
    }

    /** Whether an engine had a lease, or another command the site, and has given it up since. */
    public boolean madeWay() {
        return madeWay;
    }

    /** Whether a command changes the set of this session's database, or waits to. */
    public static boolean isHeld(Connection connection) throws SQLException {
        return isHeldByAnother(connection, Names.CHANGE_LOCK_OBJECT);
    }

    /** By trying: it must not be this session that has it. */
    private static boolean isHeldByAnother(Connection connection, int object) throws SQLException {
        String keys = "(" + Names.LOCK_CLASS + ", " + object + ")";
        try (PreparedStatement statement = connection.prepareStatement("SELECT CASE WHEN pg_try_advisory_lock_shared"
                        + keys + " THEN NOT pg_advisory_unlock_shared" + keys + " ELSE true END");
                ResultSet row = statement.executeQuery()) {
            row.next();
            return row.getBoolean(1);
        }
    }

    @Override
    public void close() {
        Sessions.closeAll(connections);
    }
}
