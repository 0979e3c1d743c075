package dev.entwine.verify;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** What one site's rows add up to, bucket by bucket. Filled by one thread. */
final class Buckets {
    private final Map<Long, long[]> sums = new HashMap<>();

    /**
     * Which rows are looked at, and how finely.
     *
     * @param bits   of the key's number that say which bucket a row belongs to
     * @param parent how many of them say whether the row is looked at; 0 for all rows
     * @param wanted the buckets, by these fewer bits, that are looked at
     */
    record Cut(int bits, int parent, Set<Long> wanted) {
        Cut {
            wanted = Set.copyOf(wanted);
        }

        /** All rows. */
        static Cut all(int bits) {
            return new Cut(bits, 0, Set.of());
        }

        long mask() {
            return (1L << bits) - 1;
        }

        String within(String key) {
            return parent == 0 ? "" : " AND (" + key + ") & " + ((1L << parent) - 1) + " = ANY (?)";
        }

        Long[] array() {
            return wanted.toArray(Long[]::new);
        }
    }

    void add(long bucket, long rows, long sum) {
        long[] so = sums.computeIfAbsent(bucket, key -> new long[2]);
        so[0] += rows;
        so[1] ^= sum;
    }

    /** Those in which not all sites are the same. */
    static Set<Long> different(Map<?, Buckets> sites) {
        Set<Long> all = new TreeSet<>();
        sites.values().forEach(site -> all.addAll(site.sums.keySet()));
        Set<Long> different = new TreeSet<>();
        Buckets first = sites.values().iterator().next();
        for (long bucket : all) {
            if (sites.values().stream().anyMatch(site -> !site.same(first, bucket))) {
                different.add(bucket);
            }
        }
        return different;
    }

    private boolean same(Buckets other, long bucket) {
        return java.util.Arrays.equals(
                sums.getOrDefault(bucket, new long[2]), other.sums.getOrDefault(bucket, new long[2]));
    }

    long rows() {
        return sums.values().stream().mapToLong(sum -> sum[0]).sum();
    }

    /** In these buckets. */
    long rows(Set<Long> buckets) {
        return buckets.stream()
                .mapToLong(bucket -> sums.getOrDefault(bucket, new long[2])[0])
                .sum();
    }
}
