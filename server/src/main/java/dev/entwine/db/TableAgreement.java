package dev.entwine.db;

import dev.entwine.db.Catalog.Column;
import dev.entwine.db.Catalog.Relation;
import dev.entwine.db.Catalog.UniqueIndex;
import dev.entwine.model.SiteId;
import dev.entwine.model.Table;
import dev.entwine.model.TableId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;

/** Compares one table across all sites. Used once, by one thread. */
final class TableAgreement {
    private final TableId id;
    private final List<Catalog> catalogs;
    private final TreeMap<Integer, Relation> present;
    private final Relation reference;
    private final SiteId referenceSite;
    private final Predicate<TableId> chosen;
    private final List<Finding> findings = new ArrayList<>();

    /**
     * At least one of the catalogs has the table.
     *
     * @param chosen the tables that are to be synchronized
     */
    TableAgreement(TableId id, Predicate<TableId> chosen, List<Catalog> catalogs) {
        this.id = id;
        this.chosen = chosen;
        this.catalogs = catalogs;
        this.present = TableSet.present(id, catalogs);
        this.reference = present.firstEntry().getValue();
        this.referenceSite = TableSet.site(catalogs, present.firstKey());
        if (present.values().stream().allMatch(Relation::isTable)) {
            compare();
        } else {
            leaveAlone();
        }
    }

    List<Finding> findings() {
        return findings;
    }

    /** Empty when some finding is an error, or when it is not a table. */
    Optional<Table> table() {
        if (!reference.isTable() || findings.stream().anyMatch(Finding::isError)) {
            return Optional.empty();
        }
        List<String> columns = reference.columns().stream()
                .filter(column -> !column.generated())
                .map(Column::name)
                .toList();
        List<Integer> key = reference.key().orElseThrow().columns().stream()
                .map(columns::indexOf)
                .toList();
        return Optional.of(new Table(id, columns, key));
    }

    private void leaveAlone() {
        boolean mixed = present.values().stream().anyMatch(Relation::isTable);
        present.forEach((index, relation) -> {
            if (relation.isTable()) {
                return;
            }
            String kind =
                    relation.kind().name().toLowerCase(java.util.Locale.ROOT).replace('_', ' ');
            SiteId site = TableSet.site(catalogs, index);
            String what = id + " is a " + kind + (mixed ? " here and a table elsewhere" : " and is left alone");
            String mend = "match tables alone, or have a table here";
            findings.add(
                    mixed
                            ? Finding.error(site, "not_a_table", what, mend)
                            : Finding.warning(site, "not_a_table", what, mend));
        });
    }

    private void compare() {
        for (int i = 0; i < catalogs.size(); i++) {
            Catalog catalog = catalogs.get(i);
            Relation relation = present.get(i);
            if (relation == null) {
                missing(catalog.site());
            } else {
                findings.addAll(TableRequirements.check(catalog, relation));
                compareWithReference(catalog.site(), relation);
            }
        }
        findings.addAll(new SequenceRequirements(catalogs, present).check());
        warnOfConstraints();
    }

    private void missing(SiteId site) {
        findings.add(Finding.error(
                site,
                "table_missing",
                "table " + id + " does not exist; site " + referenceSite + " has it",
                "pg_dump --schema-only --table='" + Identifiers.quote(id) + "' (at " + referenceSite + ") | psql (at "
                        + site + ")"));
    }

    private void compareWithReference(SiteId site, Relation relation) {
        for (Column expected : reference.columns()) {
            Optional<Column> found = relation.column(expected.name());
            found.ifPresentOrElse(
                    column -> compareColumn(site, column, expected),
                    () -> columnMissing(site, expected, referenceSite));
        }
        for (Column column : relation.columns()) {
            if (reference.column(column.name()).isEmpty()) {
                columnMissing(referenceSite, column, site);
            }
        }
        List<String> keyHere = relation.key().map(UniqueIndex::columns).orElse(List.of());
        List<String> keyThere = reference.key().map(UniqueIndex::columns).orElse(List.of());
        if (!keyHere.equals(keyThere) && !keyHere.isEmpty() && !keyThere.isEmpty()) {
            findings.add(Finding.error(
                    site,
                    "key_differs",
                    "the key of table " + id + " is (" + String.join(", ", keyHere) + "), at site " + referenceSite
                            + " it is (" + String.join(", ", keyThere) + ")",
                    "ALTER TABLE " + Identifiers.quote(id) + " DROP CONSTRAINT "
                            + Identifiers.quote(relation.key().orElseThrow().index()) + ", ADD PRIMARY KEY ("
                            + Identifiers.list(keyThere) + ");"));
        }
    }

    private void columnMissing(SiteId site, Column column, SiteId other) {
        findings.add(Finding.error(
                site,
                "column_missing",
                "table " + id + " has no column " + column.name() + "; site " + other + " has it as " + column.type(),
                "ALTER TABLE " + Identifiers.quote(id) + " ADD COLUMN " + Identifiers.quote(column.name()) + " "
                        + column.type() + ";"));
    }

    private void compareColumn(SiteId site, Column column, Column expected) {
        String name = "column " + column.name() + " of table " + id;
        String alter = "ALTER TABLE " + Identifiers.quote(id) + " ALTER COLUMN " + Identifiers.quote(column.name());
        if (!column.type().equals(expected.type())) {
            findings.add(Finding.error(
                    site,
                    "column_type",
                    name + " is " + column.type() + ", at site " + referenceSite + " it is " + expected.type(),
                    alter + " TYPE " + expected.type() + ";"));
        } else if (!column.labels().equals(expected.labels())) {
            findings.add(Finding.error(
                    site,
                    "column_type",
                    name + " has the type " + column.type() + " with the labels (" + column.labels() + "), at site "
                            + referenceSite + " they are (" + expected.labels() + ")",
                    "ALTER TYPE " + column.type() + " ADD VALUE ...; -- until both have the same labels"));
        }
        if (column.generated() != expected.generated()) {
            findings.add(Finding.error(
                    site,
                    "column_generated",
                    name + " is " + (column.generated() ? "" : "not ") + "generated, at site " + referenceSite
                            + " it is" + (expected.generated() ? "" : " not"),
                    column.generated()
                            ? alter + " DROP EXPRESSION;"
                            : "make it generated at both sites, or at neither"));
        }
        if (column.notNull() && !expected.notNull()) {
            findings.add(Finding.warning(
                    site,
                    "column_not_null",
                    name + " is NOT NULL, at site " + referenceSite + " it is not: a row with NULL will be parked here",
                    alter + " DROP NOT NULL;"));
        }
    }

    private void warnOfConstraints() {
        Map<String, String> uniques = new TreeMap<>();
        Map<String, String> parents = new TreeMap<>();
        for (Relation relation : present.values()) {
            relation.uniques().forEach(unique -> uniques.put(unique.index(), describe(unique)));
            relation.foreignKeys().stream()
                    .filter(key -> !chosen.test(key.parent()))
                    .forEach(key -> parents.put(key.name(), key.parent().toString()));
        }
        uniques.forEach((index, columns) -> findings.add(Finding.warning(
                "secondary_unique",
                "table " + id + " has the unique index " + index + columns
                        + "; when two sites give one value to two rows, the table's policy chooses who keeps it, and"
                        + " on_unique says what becomes of the other",
                "choose on_unique: quarantine (default), rename(column) or null(column)")));
        parents.forEach((name, parent) -> findings.add(Finding.warning(
                "foreign_key",
                "table " + id + " has the foreign key " + name + " to " + parent
                        + ", which is not synchronized: a row whose parent is missing at a site is parked there",
                "synchronize both tables")));
    }

    private static String describe(UniqueIndex unique) {
        return unique.expressions() || unique.columns().isEmpty()
                ? ""
                : " (" + String.join(", ", unique.columns()) + ")";
    }
}
