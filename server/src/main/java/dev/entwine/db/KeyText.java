package dev.entwine.db;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Locale;
import java.util.Optional;

/**
 * How the text of a key's value is made the same for all values that the server holds to be equal. What comes out is still a
 * valid text of the same value.
 */
public enum KeyText {
    /** Equal values have one text. */
    EXACT,
    /** The number of decimals is kept but does not count: 1.0 equals 1.00. */
    NUMERIC,
    /** Minus zero equals zero. */
    FLOAT,
    /** Blanks at the end do not count. */
    BLANK_PADDED,
    /** A month equals 30 days, a day 24 hours. */
    INTERVAL,
    /** The case of letters does not count (citext). */
    CASELESS;

    private static final BigInteger MICROS_PER_SECOND = BigInteger.valueOf(1_000_000);
    private static final BigInteger MICROS_PER_DAY = MICROS_PER_SECOND.multiply(BigInteger.valueOf(86_400));

    /** Built-in types, by the number that never changes; empty: equal values may have different texts, in ways not known here. */
    public static Optional<KeyText> ofBuiltIn(int typeOid) {
        return switch (typeOid) {
            case 1700 -> Optional.of(NUMERIC);
            case 700, 701 -> Optional.of(FLOAT);
            case 1042 -> Optional.of(BLANK_PADDED);
            case 1186 -> Optional.of(INTERVAL);
            // jsonb, numrange, nummultirange, and the arrays of these and of the types above; record
            case 3802, 3906, 4532, 3807, 3907, 6155, 1231, 1021, 1022, 1014, 1187, 2249 -> Optional.empty();
            default -> Optional.of(EXACT);
        };
    }

    /** Types by the name that the log gives for those that are not built in; for a domain that is its base type's. */
    public static Optional<KeyText> ofNamed(String name) {
        return switch (name) {
            case "numeric" -> Optional.of(NUMERIC);
            case "float4", "float8" -> Optional.of(FLOAT);
            case "bpchar" -> Optional.of(BLANK_PADDED);
            case "interval" -> Optional.of(INTERVAL);
            case "citext" -> Optional.of(CASELESS);
            case "jsonb",
                    "numrange",
                    "nummultirange",
                    "_jsonb",
                    "_numrange",
                    "_nummultirange",
                    "_numeric",
                    "_float4",
                    "_float8",
                    "_bpchar",
                    "_interval",
                    "_citext",
                    "hstore" -> Optional.empty();
            default -> Optional.of(EXACT);
        };
    }

    public String canonical(String text) {
        return switch (this) {
            case EXACT -> text;
            case NUMERIC -> withoutDecimalZeros(text);
            case FLOAT -> text.equals("-0") ? "0" : text;
            case BLANK_PADDED -> withoutTrailing(text, ' ');
            case INTERVAL -> interval(text);
            case CASELESS -> text.toLowerCase(Locale.ROOT);
        };
    }

    private static String withoutDecimalZeros(String text) {
        if (text.indexOf('.') < 0) {
            return text;
        }
        String stripped = withoutTrailing(text, '0');
        return stripped.endsWith(".") ? stripped.substring(0, stripped.length() - 1) : stripped;
    }

    private static String withoutTrailing(String text, char unwanted) {
        int end = text.length();
        while (end > 0 && text.charAt(end - 1) == unwanted) {
            end--;
        }
        return text.substring(0, end);
    }

    /** From {@code 1 year 2 mons -3 days +04:05:06.7} to days and a time of less than a day, both of one sign. */
    private static String interval(String text) {
        if (text.endsWith("infinity")) {
            return text;
        }
        BigInteger micros = BigInteger.ZERO;
        String[] words = text.split(" ", -1);
        for (int i = 0; i < words.length; i++) {
            if (words[i].indexOf(':') >= 0) {
                micros = micros.add(timeMicros(words[i]));
            } else {
                BigInteger count = new BigInteger(words[i]);
                micros = micros.add(count.multiply(daysOf(words[++i], text)).multiply(MICROS_PER_DAY));
            }
        }
        BigInteger[] daysAndRest = micros.abs().divideAndRemainder(MICROS_PER_DAY);
        String sign = micros.signum() < 0 ? "-" : "";
        return sign + daysAndRest[0] + " days " + sign + timeText(daysAndRest[1].longValueExact());
    }

    private static BigInteger daysOf(String unit, String text) {
        return BigInteger.valueOf(
                switch (unit) {
                    case "year", "years" -> 360;
                    case "mon", "mons" -> 30;
                    case "day", "days" -> 1;
                    default ->
                        throw new IllegalArgumentException("interval '" + text + "' is not in the form postgres");
                });
    }

    private static BigInteger timeMicros(String time) {
        boolean negative = time.startsWith("-");
        String[] parts = (negative || time.startsWith("+") ? time.substring(1) : time).split(":", -1);
        BigInteger minutes =
                new BigInteger(parts[0]).multiply(BigInteger.valueOf(60)).add(new BigInteger(parts[1]));
        BigInteger micros = minutes.multiply(BigInteger.valueOf(60))
                .multiply(MICROS_PER_SECOND)
                .add(new BigDecimal(parts[2]).movePointRight(6).toBigIntegerExact());
        return negative ? micros.negate() : micros;
    }

    private static String timeText(long micros) {
        long seconds = micros / 1_000_000;
        String whole = "%02d:%02d:%02d".formatted(seconds / 3600, seconds / 60 % 60, seconds % 60);
        long fraction = micros % 1_000_000;
        return fraction == 0 ? whole : whole + withoutTrailing(".%06d".formatted(fraction), '0');
    }
}
