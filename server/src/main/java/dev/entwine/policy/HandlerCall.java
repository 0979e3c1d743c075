package dev.entwine.policy;

import dev.entwine.db.Endpoint;
import dev.entwine.db.Sessions;
import dev.entwine.handler.Conflict;
import dev.entwine.handler.ConflictHandler;
import dev.entwine.handler.Resolution;
import dev.entwine.merge.Arbiter;
import dev.entwine.merge.Contender;
import dev.entwine.model.Cell;
import dev.entwine.model.Image;
import dev.entwine.model.Table;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks a user's handler, on a thread of its own, and does not wait for it longer than it may take. */
final class HandlerCall implements Arbiter {
    /** The engine stands still meanwhile, so not long. */
    private static final int MILLISECONDS_MAX = 2000;

    private static final Logger LOG = LoggerFactory.getLogger(HandlerCall.class);

    private final ConflictHandler handler;
    private final Table table;
    private final Endpoint first;

    private HandlerCall(ConflictHandler handler, Table table, Endpoint first) {
        this.handler = handler;
        this.table = table;
        this.first = first;
    }

    static Optional<Arbiter> find(String className, Table table, Endpoint first) {
        return ServiceLoader.load(ConflictHandler.class).stream()
                .filter(provider -> provider.type().getName().equals(className))
                .findFirst()
                .map(provider -> new HandlerCall(provider.get(), table, first));
    }

    /** The names of all handlers there are. */
    static List<String> known() {
        return ServiceLoader.load(ConflictHandler.class).stream()
                .map(provider -> provider.type().getName())
                .sorted()
                .toList();
    }

    @Override
    public Ruling decide(Contender one, Contender two, @Nullable Image base) throws NoRulingException {
        Conflict conflict = new Conflict(
                table.id().toString(),
                version(one),
                version(two),
                Optional.ofNullable(base).map(this::row));
        CompletableFuture<Resolution> answer = new CompletableFuture<>();
        Thread asking = Thread.ofVirtual().name("handler " + table).start(() -> ask(conflict, answer));
        try {
            return ruling(answer.get(MILLISECONDS_MAX, TimeUnit.MILLISECONDS));
        } catch (TimeoutException e) {
            asking.interrupt();
            throw failed("it takes longer than " + MILLISECONDS_MAX + " ms", e);
        } catch (ExecutionException e) {
            throw failed(String.valueOf(e.getCause()), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failed("the engine is stopping", e);
        }
    }

    private void ask(Conflict conflict, CompletableFuture<Resolution> answer) {
        try (Connection connection = Sessions.open(first, Sessions.Purpose.CONTROL)) {
            connection.setReadOnly(true);
            connection.setAutoCommit(false);
            answer.complete(handler.resolve(conflict, connection));
            connection.rollback();
        } catch (SQLException | RuntimeException | LinkageError e) {
            answer.completeExceptionally(e);
        }
    }

    private NoRulingException failed(String why, Exception cause) {
        LOG.warn(
                "table {}: handler {} does not decide ({}); the later version stands, and the conflict is open",
                table,
                handler.getClass().getName(),
                cause.getCause() == null
                        ? cause.getClass().getSimpleName()
                        : cause.getCause().getClass().getName());
        return new NoRulingException("handler " + handler.getClass().getName() + ": " + why, cause);
    }

    private Ruling ruling(Resolution resolution) throws NoRulingException {
        return switch (resolution) {
            case Resolution.Side side -> side == Resolution.Side.LOCAL ? Ruling.Side.FIRST : Ruling.Side.SECOND;
            case Resolution.Merged merged -> new Ruling.Cells(cells(table, merged.values()));
        };
    }

    /** Values that somebody wants to see in columns. */
    static Map<Integer, Cell> cells(Table table, Map<String, @Nullable String> values) throws NoRulingException {
        Map<Integer, Cell> cells = new HashMap<>();
        for (Map.Entry<String, @Nullable String> value : values.entrySet()) {
            int column = table.columns().indexOf(value.getKey());
            if (column < 0 || table.isKey(column)) {
                throw new NoRulingException(
                        "column " + value.getKey() + " of table " + table + " cannot be set",
                        new IllegalArgumentException(value.getKey()));
            }
            String text = value.getValue();
            cells.put(column, text == null ? Cell.Absence.NULL : Cell.text(text));
        }
        return cells;
    }

    private Conflict.Version version(Contender version) {
        Image image = version.image();
        return new Conflict.Version(
                version.site().name(), version.stamp().toInstant(), image == null ? Map.of() : row(image));
    }

    private Map<String, @Nullable String> row(Image image) {
        Map<String, @Nullable String> row = new LinkedHashMap<>();
        for (int i = 0; i < image.size(); i++) {
            row.put(table.columns().get(i), image.cell(i) instanceof Cell.Value value ? value.text() : null);
        }
        return row;
    }
}
