package dev.entwine.db;

import dev.entwine.model.SiteId;
import java.sql.SQLException;

/** A statement failed at a site. Says which site, what was being done, and what the server said. */
public final class SiteException extends Exception {
    private final transient SiteId site;

    public SiteException(SiteId site, String doing, SQLException cause) {
        super("site " + site + ": " + doing + " failed: " + said(cause), cause);
        this.site = site;
    }

    private static String said(SQLException cause) {
        String state = cause.getSQLState();
        return cause.getMessage() + (state == null ? "" : " (SQLSTATE " + state + ")");
    }

    public SiteId site() {
        return site;
    }
}
