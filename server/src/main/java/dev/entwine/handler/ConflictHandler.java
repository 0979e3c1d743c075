package dev.entwine.handler;

import java.sql.Connection;
import java.sql.SQLException;

/**
 * Decides conflicts of one or more tables: {@code on_conflict: {handler: org.example.MyHandler}}. Found by
 * {@link java.util.ServiceLoader}, so its jar names it in {@code META-INF/services/dev.entwine.handler.ConflictHandler}. Needs a
 * constructor without parameters. It is called by one thread at a time.
 *
 * <p>It must give the same answer whenever it is asked the same: it is asked again when a third version arrives, and after a restart.
 * What it reads from the database should therefore be what no application changes meanwhile. The engine waits for it with all its work,
 * for two seconds at most. A handler that throws or takes longer leaves the conflict open: the later version stands until a person has
 * looked at it.
 */
public interface ConflictHandler {
    /**
     * Decides between two versions of a row, neither of which is a delete.
     *
     * @param database the site that comes first, read-only; valid during the call
     */
    Resolution resolve(Conflict conflict, Connection database) throws SQLException;
}
