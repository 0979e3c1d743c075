package dev.entwine.capture.postgres;

import dev.entwine.db.Endpoint;
import dev.entwine.db.Sessions;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.function.Consumer;
import org.postgresql.PGConnection;

/**
 * Notices that a server is being shut down. A server in shutdown ends ordinary sessions at once, but waits for each log reader
 * until that has acknowledged everything, which a reader here does not do before its changes are applied elsewhere: without the
 * watch an administrator's shutdown would hang. So an ordinary session is kept open, and its end is told. Has a thread of its own.
 */
final class ShutdownWatch implements AutoCloseable {
    private static final int UNTIL_SOMETHING_HAPPENS = 0;

    private final Endpoint endpoint;
    private final Connection session;

    private ShutdownWatch(Endpoint endpoint, Connection session) {
        this.endpoint = endpoint;
        this.session = session;
    }

    static ShutdownWatch open(Endpoint endpoint) throws SQLException {
        return new ShutdownWatch(endpoint, Sessions.open(endpoint, Sessions.Purpose.CONTROL));
    }

    /** Calls back once, from the watch's thread, also when the watch is closed here. */
    void start(Consumer<SQLException> whenEnded) {
        Thread.ofVirtual().name("capture-watch-" + endpoint.site()).start(() -> watch(whenEnded));
    }

    private void watch(Consumer<SQLException> whenEnded) {
        try {
            PGConnection listening = session.unwrap(PGConnection.class);
            while (true) {
                listening.getNotifications(UNTIL_SOMETHING_HAPPENS);
            }
        } catch (SQLException e) {
            whenEnded.accept(e);
        }
    }

    @Override
    public void close() throws SQLException {
        session.abort(Runnable::run);
    }
}
