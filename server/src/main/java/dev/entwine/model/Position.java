package dev.entwine.model;

/**
 * A place in one site's commit order. For PostgreSQL the start of the commit record, an unsigned 64 bit number; positions of
 * different sites do not compare. {@link #NONE} lies before everything.
 */
public record Position(long value) implements Comparable<Position> {
    public static final Position NONE = new Position(0);

    /** Reads the form that {@link #toString} writes, which is also PostgreSQL's {@code pg_lsn}. */
    public static Position parse(String text) {
        int slash = text.indexOf('/');
        if (slash < 1) {
            throw new IllegalArgumentException("position '" + text + "' is not of the form 16/B374D848");
        }
        long high = Long.parseUnsignedLong(text.substring(0, slash), 16);
        long low = Long.parseUnsignedLong(text.substring(slash + 1), 16);
        if (high >>> 32 != 0 || low >>> 32 != 0) {
            throw new IllegalArgumentException("position '" + text + "' is out of range");
        }
        return new Position(high << 32 | low);
    }

    public boolean isAfter(Position other) {
        return compareTo(other) > 0;
    }

    /** The greatest position that lies before this one. */
    public Position previous() {
        if (value == 0) {
            throw new IllegalStateException("nothing lies before position 0/0");
        }
        return new Position(value - 1);
    }

    /** The least position that lies after this one. */
    public Position next() {
        return new Position(value + 1);
    }

    public static Position max(Position a, Position b) {
        return a.isAfter(b) ? a : b;
    }

    @Override
    public int compareTo(Position other) {
        return Long.compareUnsigned(value, other.value);
    }

    @Override
    public String toString() {
        return Long.toHexString(value >>> 32).toUpperCase(java.util.Locale.ROOT)
                + "/"
                + Long.toHexString(value & 0xFFFF_FFFFL).toUpperCase(java.util.Locale.ROOT);
    }
}
