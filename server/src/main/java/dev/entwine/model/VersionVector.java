package dev.entwine.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * For each site a position up to which its local transactions are contained. A site that is not named stands at
 * {@link Position#NONE}. The text form is {@code east=0/1A2B,west=0/33}, sites in order of name, and empty for the empty vector.
 */
public final class VersionVector {
    public static final VersionVector EMPTY = new VersionVector(new SiteId[0], new long[0]);

    /** Ascending by name; holds no position that is {@link Position#NONE}. Never changed after construction. */
    private final SiteId[] sites;

    private final long[] positions;

    private VersionVector(SiteId[] sites, long[] positions) {
        this.sites = sites;
        this.positions = positions;
    }

    public static VersionVector of(SiteId site, Position position) {
        return EMPTY.with(site, position);
    }

    public static VersionVector of(Map<SiteId, Position> entries) {
        VersionVector result = EMPTY;
        for (Map.Entry<SiteId, Position> entry : entries.entrySet()) {
            result = result.with(entry.getKey(), entry.getValue());
        }
        return result;
    }

    public static VersionVector parse(String text) {
        VersionVector result = EMPTY;
        if (text.isEmpty()) {
            return result;
        }
        int from = 0;
        while (from <= text.length()) {
            int comma = text.indexOf(',', from);
            int to = comma < 0 ? text.length() : comma;
            int equals = text.indexOf('=', from);
            if (equals < 0 || equals > to) {
                throw new IllegalArgumentException(
                        "version vector '" + text + "' is not of the form east=0/1A2B,west=0/33");
            }
            result = result.with(
                    new SiteId(text.substring(from, equals)), Position.parse(text.substring(equals + 1, to)));
            from = to + 1;
        }
        return result;
    }

    public Position at(SiteId site) {
        int index = Arrays.binarySearch(sites, site);
        return index < 0 ? Position.NONE : new Position(positions[index]);
    }

    public List<SiteId> sites() {
        return List.of(sites);
    }

    public boolean isEmpty() {
        return sites.length == 0;
    }

    /** This vector, with at least the given position for the site. */
    public VersionVector with(SiteId site, Position position) {
        int index = Arrays.binarySearch(sites, site);
        if (position.equals(Position.NONE)
                || (index >= 0 && Long.compareUnsigned(positions[index], position.value()) >= 0)) {
            return this;
        }
        if (index >= 0) {
            long[] changed = positions.clone();
            changed[index] = position.value();
            return new VersionVector(sites, changed);
        }
        return inserted(-index - 1, site, position.value());
    }

    private VersionVector inserted(int index, SiteId site, long position) {
        SiteId[] names = Arrays.copyOf(sites, sites.length + 1);
        long[] values = Arrays.copyOf(positions, sites.length + 1);
        System.arraycopy(sites, index, names, index + 1, sites.length - index);
        System.arraycopy(positions, index, values, index + 1, sites.length - index);
        names[index] = site;
        values[index] = position;
        return new VersionVector(names, values);
    }

    /** The least vector that covers both. */
    public VersionVector join(VersionVector other) {
        if (other.covers(this)) {
            return other;
        }
        VersionVector result = this;
        for (int i = 0; i < other.sites.length; i++) {
            result = result.with(other.sites[i], new Position(other.positions[i]));
        }
        return result;
    }

    /** Whether everything that the other vector contains is contained here too. */
    public boolean covers(VersionVector other) {
        int mine = 0;
        for (int i = 0; i < other.sites.length; i++) {
            while (mine < sites.length && sites[mine].compareTo(other.sites[i]) < 0) {
                mine++;
            }
            if (mine == sites.length
                    || !sites[mine].equals(other.sites[i])
                    || Long.compareUnsigned(positions[mine], other.positions[i]) < 0) {
                return false;
            }
        }
        return true;
    }

    public boolean contains(SiteId site, Position position) {
        return !position.isAfter(at(site));
    }

    /** This vector without the site's own component. */
    public VersionVector without(SiteId site) {
        int index = Arrays.binarySearch(sites, site);
        if (index < 0) {
            return this;
        }
        List<SiteId> names = new ArrayList<>(List.of(sites));
        names.remove(index);
        long[] values = new long[positions.length - 1];
        System.arraycopy(positions, 0, values, 0, index);
        System.arraycopy(positions, index + 1, values, index, values.length - index);
        return new VersionVector(names.toArray(new SiteId[0]), values);
    }

    public Map<SiteId, Position> asMap() {
        Map<SiteId, Position> result = new TreeMap<>();
        for (int i = 0; i < sites.length; i++) {
            result.put(sites[i], new Position(positions[i]));
        }
        return result;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof VersionVector that
                && Arrays.equals(sites, that.sites)
                && Arrays.equals(positions, that.positions);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(sites) + Arrays.hashCode(positions);
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < sites.length; i++) {
            text.append(i == 0 ? "" : ",").append(sites[i]).append('=').append(new Position(positions[i]));
        }
        return text.toString();
    }
}
