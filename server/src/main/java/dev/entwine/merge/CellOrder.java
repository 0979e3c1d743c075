package dev.entwine.merge;

import dev.entwine.model.Cell;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Compares values by what they mean, from the server's text form. What is not a value is less than every value, either way round.
 *
 * @param descending whether the greater value counts as the lesser one
 */
public record CellOrder(Kind kind, boolean descending) implements Comparator<Cell> {
    /** What values mean. */
    public enum Kind {
        /** Exact or not; NaN is the greatest, as the server has it. */
        NUMBERS,
        /** Dates, times and timestamps in ISO form, with or without an offset. */
        TIMES,
        /** Byte by byte; false comes before true. */
        BYTES
    }

    private static final List<String> BEYOND = List.of("-Infinity", "", "Infinity", "NaN");
    private static final Pattern TIME = Pattern.compile("(?:(\\d{4,7})-(\\d\\d)-(\\d\\d))?(?:[ T])?"
            + "(?:(\\d\\d):(\\d\\d):(\\d\\d)(?:\\.(\\d{1,6}))?)?"
            + "(?:([+-])(\\d\\d)(?::?(\\d\\d))?(?::?(\\d\\d))?)?( BC)?");

    public static CellOrder ascending(Kind kind) {
        return new CellOrder(kind, false);
    }

    @Override
    public CellOrder reversed() {
        return new CellOrder(kind, !descending);
    }

    @Override
    public int compare(Cell a, Cell b) {
        if (!(a instanceof Cell.Value left) || !(b instanceof Cell.Value right)) {
            return Boolean.compare(a instanceof Cell.Value, b instanceof Cell.Value);
        }
        int ascending = switch (kind) {
            case NUMBERS -> compareNumbers(left.text(), right.text());
            case TIMES -> Long.compare(micros(left.text()), micros(right.text()));
            case BYTES -> Arrays.compareUnsigned(left.utf8(), right.utf8());
        };
        return descending ? -Integer.signum(ascending) : ascending;
    }

    private static int compareNumbers(String a, String b) {
        int left = Math.max(BEYOND.indexOf(a), BEYOND.indexOf(a) < 0 ? 1 : 0);
        int right = Math.max(BEYOND.indexOf(b), BEYOND.indexOf(b) < 0 ? 1 : 0);
        if (left != 1 || right != 1) {
            return Integer.compare(left, right);
        }
        return new BigDecimal(a).compareTo(new BigDecimal(b));
    }

    /** Microseconds since 1970, or since midnight for a time of day. */
    private static long micros(String text) {
        if (text.equals("infinity")) {
            return Long.MAX_VALUE;
        }
        if (text.equals("-infinity")) {
            return Long.MIN_VALUE;
        }
        Matcher time = TIME.matcher(text);
        if (!time.matches()) {
            throw new IllegalArgumentException(
                    "a date or time is not in ISO form, as the engine asks the server for it");
        }
        long year = number(time.group(1));
        long days = time.group(1) == null
                ? 0
                : LocalDate.of((int) (time.group(12) == null ? year : 1 - year), 1, 1)
                        .withMonth((int) number(time.group(2)))
                        .withDayOfMonth((int) number(time.group(3)))
                        .toEpochDay();
        long seconds = seconds(time, 4) - (("-".equals(time.group(8)) ? -1 : 1) * seconds(time, 9));
        String fraction = time.group(7);
        long micros = fraction == null ? 0 : Long.parseLong((fraction + "00000").substring(0, 6));
        return (days * 86_400 + seconds) * 1_000_000 + micros;
    }

    private static long seconds(Matcher time, int hours) {
        return number(time.group(hours)) * 3600 + number(time.group(hours + 1)) * 60 + number(time.group(hours + 2));
    }

    private static long number(@Nullable String digits) {
        return digits == null ? 0 : Long.parseLong(digits);
    }
}
