package dev.entwine.verify;

import dev.entwine.db.SiteException;
import dev.entwine.model.SiteId;
import dev.entwine.model.Table;
import dev.entwine.verify.KeyStream.Entry;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;

/** Merges the sites' streams and finds the keys of rows that are not the same. Used once, by one thread. */
final class DifferingKeys implements AutoCloseable {
    private final Table table;
    private final Map<SiteId, KeyStream> streams;

    DifferingKeys(Table table, Map<SiteId, KeyStream> streams) {
        this.table = table;
        this.streams = streams;
    }

    /** Who is told of keys, as canonical texts. */
    interface Sink {
        void differs(List<String> key) throws SiteException;
    }

    void each(Sink sink) throws SiteException {
        OptionalLong least = least();
        while (least.isPresent()) {
            List<List<Entry>> found = new ArrayList<>();
            for (Map.Entry<SiteId, KeyStream> stream : streams.entrySet()) {
                found.add(take(stream.getKey(), stream.getValue(), least.getAsLong()));
            }
            if (!isSame(found)) {
                Set<List<String>> here = new LinkedHashSet<>();
                found.forEach(rows -> rows.forEach(row -> here.add(row.key())));
                for (List<String> key : here) {
                    sink.differs(key);
                }
            }
            least = least();
        }
    }

    private static boolean isSame(List<List<Entry>> found) {
        return found.getFirst().size() == 1
                && found.stream()
                        .allMatch(rows -> rows.size() == 1
                                && rows.getFirst().number()
                                        == found.getFirst().getFirst().number());
    }

    private OptionalLong least() throws SiteException {
        OptionalLong least = OptionalLong.empty();
        for (Map.Entry<SiteId, KeyStream> stream : streams.entrySet()) {
            if (!stream.getValue().isAtEnd()) {
                long next = next(stream.getKey(), stream.getValue());
                least = OptionalLong.of(least.isPresent() ? Math.min(least.getAsLong(), next) : next);
            }
        }
        return least;
    }

    private long next(SiteId site, KeyStream stream) throws SiteException {
        try {
            return stream.next();
        } catch (SQLException e) {
            throw reading(site, e);
        }
    }

    private List<Entry> take(SiteId site, KeyStream stream, long number) throws SiteException {
        try {
            return stream.take(number);
        } catch (SQLException e) {
            throw reading(site, e);
        }
    }

    private SiteException reading(SiteId site, SQLException e) {
        return new SiteException(site, "reading table " + table, e);
    }

    @Override
    public void close() throws SiteException {
        for (Map.Entry<SiteId, KeyStream> stream : streams.entrySet()) {
            try {
                stream.getValue().close();
            } catch (SQLException e) {
                throw reading(stream.getKey(), e);
            }
        }
    }
}
