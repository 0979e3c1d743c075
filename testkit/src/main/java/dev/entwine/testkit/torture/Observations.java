package dev.entwine.testkit.torture;

import dev.entwine.testkit.witness.Commit;
import dev.entwine.testkit.witness.Image;
import dev.entwine.testkit.witness.RowId;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * All that was seen of one run, by site. Everything had come to rest when tables and journals were read.
 *
 * @param before       the rows that every site began with
 * @param logs         what the witnesses read
 * @param tables       the rows at the end
 * @param journals     at the end
 * @param acknowledged what applications were told to be committed
 * @param findings     what readers saw meanwhile and nobody should have
 */
public record Observations(
        SortedMap<RowId, Image> before,
        SortedMap<String, List<Commit>> logs,
        SortedMap<String, SortedMap<RowId, Image>> tables,
        SortedMap<String, List<Entry>> journals,
        Set<Acknowledged> acknowledged,
        List<String> findings) {
    public Observations {
        before = Collections.unmodifiableSortedMap(new TreeMap<>(before));
        logs = Collections.unmodifiableSortedMap(new TreeMap<>(logs));
        tables = Collections.unmodifiableSortedMap(new TreeMap<>(tables));
        journals = Collections.unmodifiableSortedMap(new TreeMap<>(journals));
        acknowledged = Set.copyOf(acknowledged);
        findings = List.copyOf(findings);
    }

    public List<String> sites() {
        return List.copyOf(logs.keySet());
    }

    public List<Commit> log(String site) {
        return at(logs, site);
    }

    public SortedMap<RowId, Image> rows(String site) {
        return at(tables, site);
    }

    public List<Entry> journal(String site) {
        return at(journals, site);
    }

    private static <T> T at(Map<String, T> bySite, String site) {
        T found = bySite.get(site);
        if (found == null) {
            throw new IllegalArgumentException("no site " + site + ", only " + bySite.keySet());
        }
        return found;
    }

    public Observations withLog(String site, List<Commit> log) {
        return new Observations(before, put(logs, site, log), tables, journals, acknowledged, findings);
    }

    public Observations withRows(String site, SortedMap<RowId, Image> rows) {
        return new Observations(before, logs, put(tables, site, rows), journals, acknowledged, findings);
    }

    public Observations withJournal(String site, List<Entry> journal) {
        return new Observations(before, logs, tables, put(journals, site, journal), acknowledged, findings);
    }

    public Observations withFindings(List<String> others) {
        return new Observations(before, logs, tables, journals, acknowledged, others);
    }

    private static <T> SortedMap<String, T> put(SortedMap<String, T> bySite, String site, T value) {
        SortedMap<String, T> changed = new TreeMap<>(bySite);
        changed.put(site, value);
        return changed;
    }
}
