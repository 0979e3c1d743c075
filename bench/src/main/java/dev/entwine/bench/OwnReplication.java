package dev.entwine.bench;

import dev.entwine.embedded.PostgresServer;
import java.sql.SQLException;

/** The servers' own logical replication, both ways, without the rows that came from the other site. */
final class OwnReplication implements Contender {
    private final Pair pair;
    private final String database;

    private OwnReplication(Pair pair, String database) {
        this.pair = pair;
        this.database = database;
    }

    static OwnReplication start(Pair pair, String database) throws SQLException {
        for (String site : Pair.SITES) {
            pair.server(site).execute(database, "CREATE PUBLICATION bench FOR ALL TABLES");
            pair.server(site)
                    .execute(database, "SELECT pg_create_logical_replication_slot('" + database + "', 'pgoutput')");
        }
        for (String site : Pair.SITES) {
            PostgresServer other = pair.server(Pair.SITES.get(1 - Pair.SITES.indexOf(site)));
            pair.server(site)
                    .execute(
                            database,
                            "CREATE SUBSCRIPTION " + database + " CONNECTION 'host=127.0.0.1 port=" + other.port()
                                    + " user=" + PostgresServer.SUPERUSER + " dbname=" + database
                                    + "' PUBLICATION bench WITH (origin = none, copy_data = false, create_slot = false,"
                                    + " slot_name = " + database + ")");
        }
        return new OwnReplication(pair, database);
    }

    @Override
    public double ownSeconds() {
        return 0;
    }

    @Override
    public void close() throws SQLException {
        for (String site : Pair.SITES) {
            pair.server(site).execute(database, "DROP SUBSCRIPTION " + database);
        }
    }
}
