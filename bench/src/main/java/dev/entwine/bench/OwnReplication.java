package dev.entwine.bench;

import dev.entwine.embedded.PostgresServer;
import java.sql.SQLException;

/** The servers' own logical replication, both ways, without the rows that came from the other site. */
final class OwnReplication implements Contender {
    /** All tables of the database; the decoder's limit is measured with it too. */
    static final String PUBLICATION = "bench";

    private final Pair pair;
    private final String database;

    private OwnReplication(Pair pair, String database) {
        this.pair = pair;
        this.database = database;
    }

    /** Slots that keep the log, and subscriptions that are disabled. */
    static Stopped prepare(Pair pair, String database) throws SQLException {
        for (String site : Pair.SITES) {
            pair.server(site).execute(database, "CREATE PUBLICATION " + PUBLICATION + " FOR ALL TABLES");
            pair.server(site)
                    .execute(database, "SELECT pg_create_logical_replication_slot('" + database + "', 'pgoutput')");
        }
        for (String site : Pair.SITES) {
            PostgresServer other = pair.server(Pair.other(site));
            pair.server(site)
                    .execute(
                            database,
                            "CREATE SUBSCRIPTION " + database + " CONNECTION 'host=127.0.0.1 port=" + other.port()
                                    + " user=" + PostgresServer.SUPERUSER + " dbname=" + database
                                    + "' PUBLICATION " + PUBLICATION + " WITH (origin = none, copy_data = false,"
                                    + " create_slot = false, enabled = false, slot_name = " + database + ")");
        }
        return () -> new OwnReplication(pair, database).enable();
    }

    private OwnReplication enable() throws SQLException {
        for (String site : Pair.SITES) {
            pair.server(site).execute(database, "ALTER SUBSCRIPTION " + database + " ENABLE");
        }
        return this;
    }

    @Override
    public double ownSeconds() {
        return 0;
    }

    @Override
    public long peakBytes() {
        return 0;
    }

    /** A worker that fails is started again by its server, for ever; what it says stands in the server's log. */
    @Override
    public void requireRunning() {}

    @Override
    public void close() throws SQLException {
        for (String site : Pair.SITES) {
            pair.server(site).execute(database, "DROP SUBSCRIPTION " + database);
        }
    }
}
