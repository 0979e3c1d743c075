package dev.entwine.db;

import dev.entwine.db.Catalog.Relation;
import dev.entwine.model.SiteId;
import dev.entwine.model.Table;
import dev.entwine.model.TableId;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * The tables that all sites have alike, and what keeps the others from being so.
 *
 * @param tables   in order of name; complete only when no finding is an error
 * @param findings in order of table and site
 */
public record TableSet(List<Table> tables, List<Finding> findings) {
    public TableSet {
        tables = List.copyOf(tables);
        findings = List.copyOf(findings);
    }

    /**
     * Compares the catalogs.
     *
     * @param chosen   the tables that are to be synchronized
     * @param catalogs of all sites, in order of precedence: the first one that has a table says how it ought to be
     */
    public static TableSet agree(Predicate<TableId> chosen, List<Catalog> catalogs) {
        List<Table> tables = new ArrayList<>();
        List<Finding> findings = new ArrayList<>();
        for (TableId id : names(chosen, catalogs)) {
            TableAgreement agreement = new TableAgreement(id, chosen, catalogs);
            agreement.table().ifPresent(tables::add);
            findings.addAll(agreement.findings());
        }
        if (!tables.isEmpty()) {
            findings.add(Finding.warning(
                    "truncate",
                    "TRUNCATE of a synchronized table takes effect at its own site alone and is parked",
                    "use DELETE, or REVOKE TRUNCATE from the application's role"));
        }
        return new TableSet(tables, findings);
    }

    private static Iterable<TableId> names(Predicate<TableId> chosen, List<Catalog> catalogs) {
        TreeSet<TableId> names = new TreeSet<>();
        for (Catalog catalog : catalogs) {
            catalog.tables().keySet().stream().filter(chosen).forEach(names::add);
        }
        return names;
    }

    public boolean hasErrors() {
        return findings.stream().anyMatch(Finding::isError);
    }

    /** Where a table is, for the comparison: sites in order of precedence. */
    static TreeMap<Integer, Relation> present(TableId id, List<Catalog> catalogs) {
        TreeMap<Integer, Relation> present = new TreeMap<>();
        for (int i = 0; i < catalogs.size(); i++) {
            Relation relation = catalogs.get(i).tables().get(id);
            if (relation != null) {
                present.put(i, relation);
            }
        }
        return present;
    }

    static SiteId site(List<Catalog> catalogs, int index) {
        return catalogs.get(index).site();
    }
}
