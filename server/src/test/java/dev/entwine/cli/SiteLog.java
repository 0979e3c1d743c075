package dev.entwine.cli;

import dev.entwine.capture.LogReader;
import dev.entwine.capture.postgres.PostgresLogReader;
import dev.entwine.db.Endpoint;
import dev.entwine.db.Names;
import dev.entwine.db.TablesAsOf;
import dev.entwine.embedded.PostgresServer;
import dev.entwine.model.LogEntry;
import dev.entwine.model.LogEntry.LocalTransaction;
import dev.entwine.model.Message;
import dev.entwine.model.Position;
import dev.entwine.model.SiteId;
import dev.entwine.model.Table;
import dev.entwine.model.TableId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Reads what a site's slot holds, as the engine would. */
final class SiteLog {
    private static final int WAIT_SECONDS_MAX = 60;

    private SiteLog() {}

    /** The local transactions with changes, up to now. The first column is the key. */
    static List<LocalTransaction> read(Pair pair, String site, String table, List<String> columns) throws Exception {
        PostgresServer server = pair.server(site);
        Endpoint endpoint =
                new Endpoint(new SiteId(site), server.url(pair.database()), PostgresServer.SUPERUSER, Pair.PASSWORD);
        TableId id = new TableId("public", table);
        String token = UUID.randomUUID().toString();
        server.execute(
                pair.database(),
                "SELECT pg_logical_emit_message(true, '" + Message.PREFIX + "', '" + new Message.Fence(token) + "')");
        try (LogReader reader = PostgresLogReader.open(
                endpoint,
                Names.slot(pair.database()),
                Names.PUBLICATION,
                new TablesAsOf(Map.of(id, new Table(id, columns, List.of(0))), Position.NONE, Map.of()))) {
            CompletableFuture<List<LocalTransaction>> result = new CompletableFuture<>();
            Thread.ofPlatform().daemon().start(() -> {
                try {
                    result.complete(readUntil(reader, token));
                } catch (Exception e) {
                    result.completeExceptionally(e);
                }
            });
            return result.get(WAIT_SECONDS_MAX, TimeUnit.SECONDS);
        }
    }

    private static List<LocalTransaction> readUntil(LogReader reader, String token) throws Exception {
        List<LocalTransaction> found = new ArrayList<>();
        while (true) {
            LogEntry entry = reader.next();
            if (entry instanceof LogEntry.Fence fence && fence.token().equals(token)) {
                return found;
            }
            if (entry instanceof LocalTransaction transaction
                    && !transaction.changes().isEmpty()) {
                found.add(transaction);
            }
        }
    }
}
