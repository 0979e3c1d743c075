package dev.entwine.model;

import java.util.regex.Pattern;

/** The name of one database that takes part, as it stands in the configuration. */
public record SiteId(String name) implements Comparable<SiteId> {
    /** Names travel inside log messages and slot names, so they are kept to what both can hold. */
    private static final Pattern ALLOWED = Pattern.compile("[a-z][a-z0-9_]{0,30}");

    public SiteId {
        if (!ALLOWED.matcher(name).matches()) {
            throw new IllegalArgumentException("site name '" + name + "' must match " + ALLOWED);
        }
    }

    @Override
    public int compareTo(SiteId other) {
        return name.compareTo(other.name);
    }

    @Override
    public String toString() {
        return name;
    }
}
