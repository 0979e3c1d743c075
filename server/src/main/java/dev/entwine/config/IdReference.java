package dev.entwine.config;

import dev.entwine.model.TableId;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Ids of another table in a column that has no foreign key for them.
 *
 * @param place where in the column's value they are
 * @param table whose ids they are
 */
public record IdReference(Place place, TableId table) {
    private static final Pattern FORM = Pattern.compile("([a-z]+)\\(\\s*([^().]+)\\.([^()]+?)\\s*\\)");

    /** In the configuration. */
    public static final String FORMS =
            "value(schema.table), elements(schema.table), keys(schema.table), values(schema.table)";

    /** Where in a value ids are. */
    public enum Place {
        /** The value is the id. */
        VALUE,
        /** The elements of an array, or of a JSON array. */
        ELEMENTS,
        /** The keys of an hstore, or of a JSON object. */
        KEYS,
        /** The values of an hstore, or of a JSON object. */
        VALUES;

        /** The word in the configuration. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Empty unless the text has one of the {@link #FORMS}. */
    static Optional<IdReference> parse(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        for (Place place : Place.values()) {
            if (place.word().equals(matcher.group(1))) {
                return Optional.of(new IdReference(place, new TableId(matcher.group(2), matcher.group(3))));
            }
        }
        return Optional.empty();
    }

    @Override
    public String toString() {
        return place.word() + "(" + table + ")";
    }
}
