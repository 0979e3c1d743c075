package dev.entwine.capture.postgres;

import dev.entwine.capture.UnreadableLogException;
import dev.entwine.db.TablesAsOf;
import dev.entwine.model.Cell;
import dev.entwine.model.Change;
import dev.entwine.model.Image;
import dev.entwine.model.LogEntry;
import dev.entwine.model.Message;
import dev.entwine.model.Operation;
import dev.entwine.model.Position;
import dev.entwine.model.RowKey;
import dev.entwine.model.SiteId;
import dev.entwine.model.Table;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Decodes the messages of {@code pgoutput}, protocol version 1 (PostgreSQL's documentation, "Logical Replication Message
 * Formats"), in the order in which they arrive. Whatever it does not know exactly ends the reading. Owned by one thread.
 */
final class PgOutputDecoder {
    /** The server counts microseconds from the year 2000, we from 1970. */
    private static final long EPOCH_SHIFT_MICROS = 946_684_800_000_000L;

    /** Flag of a message that belongs to a transaction. */
    private static final int TRANSACTIONAL = 1;

    private final SiteId site;
    private final Relations relations;
    private @Nullable Transaction current;
    private Position last = Position.NONE;

    PgOutputDecoder(SiteId site, TablesAsOf tables) {
        this.site = site;
        relations = new Relations(tables);
    }

    /** Returns the transaction that this message completes, if there is one and it says something. */
    @Nullable
    LogEntry decode(ByteBuffer message) throws UnreadableLogException {
        try {
            LogEntry completed = decodeAny(message);
            if (message.hasRemaining()) {
                throw new LogDefect(message.remaining() + " bytes follow after the end of a message");
            }
            return completed;
        } catch (LogDefect e) {
            throw unreadable(String.valueOf(e.getMessage()), e, e.isTableChanged());
        } catch (BufferUnderflowException | IndexOutOfBoundsException | IllegalArgumentException e) {
            throw unreadable("a message is not of the documented form (" + e + ")", e, false);
        }
    }

    private UnreadableLogException unreadable(String what, Exception cause, boolean tableChanged) {
        String place = current == null ? "after position " + last : "at position " + current.position();
        return new UnreadableLogException(
                "the log of site " + site + " cannot be read " + place + ": " + what, cause, tableChanged);
    }

    private @Nullable LogEntry decodeAny(ByteBuffer message) throws LogDefect {
        byte kind = message.get();
        switch (kind) {
            case 'B' -> begin(message);
            case 'C' -> {
                return commit(message);
            }
            case 'R' -> relations.add(message, current == null ? last : current.position());
            case 'Y' -> relations.addType(message);
            case 'O' -> origin(message);
            case 'M' -> message(message);
            case 'I', 'U', 'D', 'T' -> rows(kind, message);
            default ->
                throw new LogDefect("message of the unknown kind '" + (char) kind
                        + "'; this program does not know the server's version");
        }
        return null;
    }

    private void begin(ByteBuffer message) throws LogDefect {
        if (current != null) {
            throw new LogDefect("a transaction begins inside another one");
        }
        Position position = new Position(message.getLong());
        long micros = message.getLong() + EPOCH_SHIFT_MICROS;
        long number = Integer.toUnsignedLong(message.getInt());
        if (!position.isAfter(last)) {
            throw new LogDefect("transaction " + number + " at position " + position + " is out of order");
        }
        current = new Transaction(site, position, micros, number);
    }

    private @Nullable LogEntry commit(ByteBuffer message) throws LogDefect {
        Transaction transaction = inside();
        message.get();
        Position position = new Position(message.getLong());
        Wire.skip(message, 2 * Long.BYTES);
        if (!position.equals(transaction.position())) {
            throw new LogDefect("the transaction commits at position " + position + " instead");
        }
        current = null;
        last = position;
        return transaction.committed();
    }

    private Transaction inside() throws LogDefect {
        if (current == null) {
            throw new LogDefect("a message stands outside of any transaction");
        }
        return current;
    }

    private static void origin(ByteBuffer message) {
        message.getLong();
        Wire.text(message);
    }

    private void message(ByteBuffer message) throws LogDefect {
        boolean transactional = (message.get() & TRANSACTIONAL) != 0;
        message.getLong();
        String prefix = Wire.text(message);
        byte[] content = Wire.bytes(message, message.getInt());
        if (transactional && prefix.equals(Message.PREFIX)) {
            inside().add(Message.parse(new String(content, StandardCharsets.UTF_8)));
        }
    }

    private void rows(byte kind, ByteBuffer message) throws LogDefect {
        Transaction transaction = inside();
        if (transaction.isOwn()) {
            message.position(message.limit());
            return;
        }
        if (kind == 'T') {
            truncate(message, transaction);
            return;
        }
        Relation relation = relations.of(message.getInt());
        switch (kind) {
            case 'I' -> insert(message, relation, transaction);
            case 'U' -> update(message, relation, transaction);
            default -> delete(message, relation, transaction);
        }
    }

    private static void insert(ByteBuffer message, Relation relation, Transaction transaction) throws LogDefect {
        expectNew(message.get());
        Cell[] row = relation.row(message);
        transaction.add(new Change(relation.table(), relation.key(row), Operation.INSERT, null, Image.of(row)));
    }

    private static void expectNew(byte kind) throws LogDefect {
        if (kind != 'N') {
            throw new LogDefect("a new row has the unknown form '" + (char) kind + "'");
        }
    }

    private static void update(ByteBuffer message, Relation relation, Transaction transaction) throws LogDefect {
        byte kind = message.get();
        if (kind == 'N') {
            Cell[] row = relation.row(message);
            transaction.add(new Change(relation.table(), relation.key(row), Operation.UPDATE, null, Image.of(row)));
            return;
        }
        boolean full = isFull(kind);
        Cell[] old = relation.row(message);
        expectNew(message.get());
        Cell[] row = relation.row(message);
        takeOver(row, old, full, relation.table());
        RowKey oldKey = relation.key(old);
        RowKey key = relation.key(row);
        Image before = full ? Image.of(old) : null;
        if (key.equals(oldKey)) {
            transaction.add(new Change(relation.table(), key, Operation.UPDATE, before, Image.of(row)));
        } else {
            transaction.add(new Change(relation.table(), oldKey, Operation.DELETE, before, null));
            transaction.add(new Change(relation.table(), key, Operation.INSERT, null, Image.of(row)));
        }
    }

    /** The old row is complete, or holds the key alone. */
    private static boolean isFull(byte kind) throws LogDefect {
        return switch (kind) {
            case 'O' -> true;
            case 'K' -> false;
            default -> throw new LogDefect("an old row has the unknown form '" + (char) kind + "'");
        };
    }

    /** What the new row leaves out as unchanged, the old one may carry. */
    private static void takeOver(Cell[] row, Cell[] old, boolean full, Table table) {
        for (int i = 0; i < row.length; i++) {
            if (row[i] == Cell.Absence.UNCHANGED && (full || table.isKey(i))) {
                row[i] = old[i];
            }
        }
    }

    private static void delete(ByteBuffer message, Relation relation, Transaction transaction) throws LogDefect {
        boolean full = isFull(message.get());
        Cell[] old = relation.row(message);
        Image before = full ? Image.of(old) : null;
        transaction.add(new Change(relation.table(), relation.key(old), Operation.DELETE, before, null));
    }

    private void truncate(ByteBuffer message, Transaction transaction) throws LogDefect {
        int count = message.getInt();
        message.get();
        for (int i = 0; i < count; i++) {
            transaction.addTruncated(relations.of(message.getInt()).table().id());
        }
    }
}
