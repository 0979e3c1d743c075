package dev.entwine.carrier;

import dev.entwine.merge.Item;
import dev.entwine.merge.Item.Delivery;
import dev.entwine.model.Cell;
import dev.entwine.model.Change;
import dev.entwine.model.Image;
import dev.entwine.model.JournalNote;
import dev.entwine.model.Message;
import dev.entwine.model.Operation;
import dev.entwine.model.Position;
import dev.entwine.model.Repair;
import dev.entwine.model.Revision;
import dev.entwine.model.RowId;
import dev.entwine.model.RowKey;
import dev.entwine.model.SiteId;
import dev.entwine.model.Stamp;
import dev.entwine.model.Table;
import dev.entwine.model.TableId;
import dev.entwine.model.VersionVector;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Items as bytes, for one engine's own files: written and read by the same process. */
@SuppressWarnings("EnumOrdinal") // for the same reason
final class ItemCodec {
    private static final int TRANSACTION = 1;
    private static final int TOUCH = 2;
    private static final int ABSENT = -1;

    private final Map<TableId, Table> tables;

    ItemCodec(Map<TableId, Table> tables) {
        this.tables = tables;
    }

    void write(Item item, DataOutputStream out) throws IOException {
        switch (item) {
            case Item.Touch touch -> {
                out.writeByte(TOUCH);
                out.writeUTF(touch.target().name());
                writeKey(touch.key(), out);
            }
            case Item.Transaction transaction -> {
                out.writeByte(TRANSACTION);
                writeTransaction(transaction, out);
            }
        }
    }

    Item read(DataInputStream in) throws IOException {
        int kind = in.readByte();
        return switch (kind) {
            case TOUCH -> new Item.Touch(new SiteId(in.readUTF()), readKey(in));
            case TRANSACTION -> readTransaction(in, null);
            default -> throw new IOException("overflow file holds an item of kind " + kind);
        };
    }

    /** The transaction, with no row but this one. */
    Item.Transaction read(DataInputStream in, RowId only) throws IOException {
        int kind = in.readByte();
        if (kind != TRANSACTION) {
            throw new IOException("overflow file holds an item of kind " + kind + " where a transaction is to be");
        }
        return readTransaction(in, only);
    }

    private static void writeTransaction(Item.Transaction transaction, DataOutputStream out) throws IOException {
        out.writeUTF(transaction.source().name());
        out.writeLong(transaction.position().value());
        out.writeLong(transaction.stamp().micros());
        out.writeLong(transaction.transaction());
        out.writeInt(transaction.deliveries().size());
        VersionVector previous = VersionVector.EMPTY;
        ByteArrayOutputStream row = new ByteArrayOutputStream();
        for (Delivery delivery : transaction.deliveries()) {
            writeId(delivery.change().key().id(), out);
            writeVector(delivery.vector(), previous, out);
            previous = delivery.vector();
            out.writeLong(delivery.former());
            row.reset();
            writeChange(delivery.change(), new DataOutputStream(row));
            out.writeInt(row.size());
            row.writeTo(out);
        }
        out.writeInt(transaction.truncated().size());
        for (TableId table : transaction.truncated()) {
            writeText(table.schema(), out);
            writeText(table.name(), out);
        }
        out.writeInt(transaction.notes().size());
        for (JournalNote note : transaction.notes()) {
            Message message = switch (note) {
                case Revision revision -> new Message.Revised(revision);
                case Repair repair -> new Message.Repaired(repair);
            };
            writeText(message.toString(), out);
        }
    }

    private static void writeChange(Change change, DataOutputStream out) throws IOException {
        writeKey(change.key(), out);
        out.writeByte(change.operation().ordinal());
        writeImage(change.before(), out);
        writeImage(change.after(), out);
    }

    private Change readChange(DataInputStream in) throws IOException {
        RowKey key = readKey(in);
        Operation operation = Operation.values()[in.readByte()];
        Image before = readImage(in);
        return new Change(table(key.table()), key, operation, before, readImage(in));
    }

    /** Decodes nothing of the rows that are not wanted: a transaction may have very many, of which one has met a conflict. */
    private Item.Transaction readTransaction(DataInputStream in, @Nullable RowId only) throws IOException {
        SiteId source = new SiteId(in.readUTF());
        Position position = new Position(in.readLong());
        Stamp stamp = new Stamp(in.readLong());
        long number = in.readLong();
        int count = in.readInt();
        List<Delivery> deliveries = new ArrayList<>(only == null ? count : 1);
        VersionVector vector = VersionVector.EMPTY;
        for (int i = 0; i < count; i++) {
            RowId id = readId(in);
            vector = readVector(vector, in);
            long former = in.readLong();
            int bytes = in.readInt();
            if (only == null || only.equals(id)) {
                deliveries.add(new Delivery(readChange(in), vector, former));
            } else {
                in.skipNBytes(bytes);
            }
        }
        int truncations = in.readInt();
        List<TableId> truncated = new ArrayList<>(truncations);
        for (int i = 0; i < truncations; i++) {
            truncated.add(new TableId(readText(in), readText(in)));
        }
        return new Item.Transaction(source, position, stamp, number, deliveries, truncated, readNotes(in));
    }

    private static List<JournalNote> readNotes(DataInputStream in) throws IOException {
        int count = in.readInt();
        List<JournalNote> notes = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            String text = readText(in);
            Message message = Message.parse(text);
            if (message instanceof Message.Revised revised) {
                notes.add(revised.revision());
            } else if (message instanceof Message.Repaired repaired) {
                notes.add(repaired.repair());
            } else {
                throw new IOException("overflow file holds '" + text + "' where a note for the journal is to be");
            }
        }
        return notes;
    }

    private Table table(TableId id) throws IOException {
        Table table = tables.get(id);
        if (table == null) {
            throw new IOException("overflow file names table " + id + ", which is not synchronized");
        }
        return table;
    }

    /** Nearly always that of the transaction's row before, which is left out. */
    private static void writeVector(VersionVector vector, VersionVector previous, DataOutputStream out)
            throws IOException {
        out.writeUTF(vector.equals(previous) ? "" : vector.toString());
    }

    private static VersionVector readVector(VersionVector previous, DataInputStream in) throws IOException {
        String text = in.readUTF();
        return text.isEmpty() ? previous : VersionVector.parse(text);
    }

    private static void writeKey(RowKey key, DataOutputStream out) throws IOException {
        writeText(key.table().schema(), out);
        writeText(key.table().name(), out);
        writeId(key.id(), out);
        out.writeInt(key.values().size());
        for (String value : key.values()) {
            writeText(value, out);
        }
    }

    private static RowKey readKey(DataInputStream in) throws IOException {
        TableId table = new TableId(readText(in), readText(in));
        RowId id = readId(in);
        int count = in.readInt();
        List<String> values = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            values.add(readText(in));
        }
        return new RowKey(table, List.copyOf(values), id);
    }

    private static void writeId(RowId id, DataOutputStream out) throws IOException {
        out.writeLong(id.high());
        out.writeLong(id.low());
    }

    private static RowId readId(DataInputStream in) throws IOException {
        return new RowId(in.readLong(), in.readLong());
    }

    private static void writeImage(@Nullable Image image, DataOutputStream out) throws IOException {
        out.writeInt(image == null ? ABSENT : image.size());
        for (int i = 0; image != null && i < image.size(); i++) {
            switch (image.cell(i)) {
                case Cell.Value value -> {
                    out.writeInt(value.utf8().length);
                    out.write(value.utf8());
                }
                case Cell.Absence absence -> out.writeInt(-1 - absence.ordinal());
            }
        }
    }

    private static @Nullable Image readImage(DataInputStream in) throws IOException {
        int size = in.readInt();
        if (size == ABSENT) {
            return null;
        }
        Cell[] cells = new Cell[size];
        for (int i = 0; i < size; i++) {
            int length = in.readInt();
            cells[i] = length < 0 ? Cell.Absence.values()[-1 - length] : Cell.value(readBytes(length, in));
        }
        return Image.of(cells);
    }

    private static void writeText(String text, DataOutputStream out) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    private static String readText(DataInputStream in) throws IOException {
        return new String(readBytes(in.readInt(), in), StandardCharsets.UTF_8);
    }

    private static byte[] readBytes(int length, DataInputStream in) throws IOException {
        byte[] bytes = new byte[length];
        in.readFully(bytes);
        return bytes;
    }
}
