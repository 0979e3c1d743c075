package dev.entwine.db;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Some of a table's blocks, in the order in which the server stores them; of a partitioned table, these blocks of each partition. The
 * server reads no others (TID range scan). A row stays in its block until it is changed, or the table is rewritten.
 *
 * @param first the first of them
 * @param end   the first that is not one of them
 */
public record BlockRange(long first, long end) {
    public BlockRange {
        if (first < 0 || end < first) {
            throw new IllegalArgumentException("no range of blocks: from " + first + " to before " + end);
        }
    }

    public long size() {
        return end - first;
    }

    /** That a row of the table with this alias lies in the range. */
    public String condition(String alias) {
        return alias + ".ctid >= '(" + first + ",0)'::tid AND " + alias + ".ctid < '(" + end + ",0)'::tid";
    }

    /** Cuts it into pieces of at most this size. */
    public List<BlockRange> pieces(long sizeMax) {
        List<BlockRange> pieces = new ArrayList<>();
        for (long from = first; from < end; from += sizeMax) {
            pieces.add(new BlockRange(from, Math.min(end, from + sizeMax)));
        }
        return pieces;
    }

    /** The same blocks in the fewest ranges, in order. */
    public static List<BlockRange> union(List<BlockRange> ranges) {
        List<BlockRange> union = new ArrayList<>();
        for (BlockRange range : ranges.stream()
                .sorted(Comparator.comparingLong(BlockRange::first))
                .toList()) {
            if (!union.isEmpty() && range.first() <= union.getLast().end()) {
                BlockRange last = union.removeLast();
                union.add(new BlockRange(last.first(), Math.max(last.end(), range.end())));
            } else {
                union.add(range);
            }
        }
        return union;
    }

    /** What of a table's blocks is in none of the ranges, which may overlap; in order. */
    public static List<BlockRange> gaps(List<BlockRange> ranges, long blocks) {
        List<BlockRange> gaps = new ArrayList<>();
        long reached = 0;
        for (BlockRange range : union(ranges)) {
            if (range.first() > reached && reached < blocks) {
                gaps.add(new BlockRange(reached, Math.min(range.first(), blocks)));
            }
            reached = range.end();
        }
        if (reached < blocks) {
            gaps.add(new BlockRange(reached, blocks));
        }
        return gaps;
    }
}
