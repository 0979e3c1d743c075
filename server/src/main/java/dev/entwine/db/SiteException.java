package dev.entwine.db;

import dev.entwine.model.SiteId;
import java.sql.SQLException;

/** A statement failed at a site. Says which site, what was being done, and what the server said, without values of rows. */
public final class SiteException extends Exception {
    private final transient SiteId site;

    public SiteException(SiteId site, String doing, SQLException cause) {
        super("site " + site + ": " + doing + " failed: " + said(cause), cause);
        this.site = site;
    }

    private static String said(SQLException cause) {
        String state = cause.getSQLState();
        return Said.by(cause) + (state == null ? "" : " (SQLSTATE " + state + ")");
    }

    /** The server's code for what happened; empty when it gave none. */
    public String sqlState() {
        return getCause() instanceof SQLException cause && cause.getSQLState() != null ? cause.getSQLState() : "";
    }

    /** Whether the connection broke, or the server ended it, is not up or lets nobody in: nothing is wrong with what was asked for. */
    public boolean isAway() {
        String state = sqlState();
        return state.startsWith("08") || state.startsWith("57P") || state.startsWith("28") || state.startsWith("3D");
    }

    /** Whether it lacks disk, memory or connections: nothing is wrong with what was asked for. */
    public boolean isShort() {
        return sqlState().startsWith("53");
    }

    public SiteId site() {
        return site;
    }
}
