package dev.entwine.model;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** One column of an image. SQL NULL, <em>unchanged</em> and <em>not sent</em> are three different things. */
public sealed interface Cell {
    static Cell text(String value) {
        return new Value(value.getBytes(StandardCharsets.UTF_8));
    }

    /** Takes the array over: it must not be changed afterwards. */
    static Cell value(byte[] utf8) {
        return new Value(utf8);
    }

    /** Whether this says what stands in the column: a value or NULL. */
    default boolean isKnown() {
        return switch (this) {
            case Value value -> true;
            case Absence absence -> absence == Absence.NULL;
        };
    }

    /** An estimate of the memory taken, in bytes. */
    default int bytes() {
        return 4;
    }

    /** The three ways of not being a value. */
    enum Absence implements Cell {
        /** SQL NULL. */
        NULL,
        /** The change did not touch this column and the log does not carry its value (a large value stored out of line). */
        UNCHANGED,
        /** The log never carries this column here: an old image that holds the key alone, or a column that was added later. */
        NOT_SENT
    }

    /** A value in the server's text form, UTF-8. */
    final class Value implements Cell {
        private final byte[] utf8;

        private Value(byte[] utf8) {
            this.utf8 = utf8;
        }

        /** The bytes themselves, not a copy; never change them. */
        public byte[] utf8() {
            return utf8;
        }

        public String text() {
            return new String(utf8, StandardCharsets.UTF_8);
        }

        @Override
        public int bytes() {
            return 40 + utf8.length;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Value that && Arrays.equals(utf8, that.utf8);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(utf8);
        }

        @Override
        public String toString() {
            return text();
        }
    }
}
