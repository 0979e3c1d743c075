package dev.entwine.cli;

import dev.entwine.db.Catalog;
import dev.entwine.db.ParentsFirst;
import dev.entwine.db.SiteException;
import dev.entwine.journal.RepairStep;
import dev.entwine.journal.RowAtSite;
import dev.entwine.merge.Contender;
import dev.entwine.merge.Outcome;
import dev.entwine.merge.Policy;
import dev.entwine.model.Cell;
import dev.entwine.model.Image;
import dev.entwine.model.Operation;
import dev.entwine.model.Position;
import dev.entwine.model.SiteId;
import dev.entwine.model.Stamp;
import dev.entwine.model.Table;
import dev.entwine.model.TableId;
import dev.entwine.model.VersionVector;
import dev.entwine.policy.PolicySet;
import dev.entwine.verify.TableComparison;
import dev.entwine.verify.TableComparison.Difference;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What is to be done about rows that differ: by a preferred site, or by the tables' own policies as far as these can tell. */
final class RepairPlan {
    /** Where it is not known when a version was written, a policy is asked with both ends of what a rule can take for a time. */
    private static final long UNKNOWN_EARLY = 0;

    private static final long UNKNOWN_LATE =
            ChronoUnit.MICROS.between(Instant.EPOCH, Instant.parse("9999-01-01T00:00:00Z"));
    private static final String PREFER =
            "say which site is right with --prefer SITE, or write the row by hand at one site";

    private final SiteConnections connections;
    private final PolicySet policies;
    private final Optional<SiteId> preferred;
    private final List<RepairStep> steps = new ArrayList<>();
    private final List<Undecided> undecided = new ArrayList<>();

    private RepairPlan(SiteConnections connections, PolicySet policies, Optional<SiteId> preferred) {
        this.connections = connections;
        this.policies = policies;
        this.preferred = preferred;
    }

    /** A row of which nobody says how it is to be. */
    record Undecided(Table table, List<String> key, String why, String next) {}

    /** A version of a row, and where it stands. */
    private record Version(List<SiteId> sites, Optional<Instant> written, List<Optional<String>> row) {
        SiteId site() {
            return sites.getFirst();
        }
    }

    static RepairPlan of(
            SiteConnections connections,
            CompiledRules rules,
            List<TableComparison> comparisons,
            Optional<SiteId> preferred)
            throws SiteException {
        RepairPlan plan = new RepairPlan(connections, rules.policies(), preferred);
        for (TableComparison comparison : parentsFirst(comparisons, rules.catalogs())) {
            for (Difference difference : comparison.differences()) {
                plan.add(comparison.table(), difference);
            }
        }
        return plan;
    }

    /** What comes back first, parents before their children; then what goes, children before their parents. */
    List<RepairStep> steps() {
        List<RepairStep> ordered = new ArrayList<>();
        steps.stream().filter(step -> step.row().isPresent()).forEach(ordered::add);
        List<RepairStep> deletes =
                steps.stream().filter(step -> step.row().isEmpty()).toList();
        ordered.addAll(deletes.reversed());
        return ordered;
    }

    List<Undecided> undecided() {
        return undecided;
    }

    private static List<TableComparison> parentsFirst(List<TableComparison> comparisons, List<Catalog> catalogs) {
        Map<TableId, TableComparison> byTable = new LinkedHashMap<>();
        comparisons.forEach(comparison -> byTable.put(comparison.table().id(), comparison));
        return ParentsFirst.of(byTable.keySet(), catalogs).stream()
                .flatMap(group -> group.tables().stream())
                .map(table -> Objects.requireNonNull(byTable.get(table)))
                .toList();
    }

    private void add(Table table, Difference difference) throws SiteException {
        Map<SiteId, RowAtSite> known =
                RowStory.read(connections, table, difference.key()).sites();
        for (Map.Entry<SiteId, RowAtSite> row : known.entrySet()) {
            if (!row.getValue().parked().isEmpty()) {
                leave(
                        table,
                        difference,
                        "a change of it is parked at site " + row.getKey() + ", and what comes later queues up behind",
                        "mend what the database refuses there, then 'entwine parked CONFIG retry' or 'discard'");
                return;
            }
        }
        decide(table, difference, known);
    }

    private void decide(Table table, Difference difference, Map<SiteId, RowAtSite> known) {
        if (preferred.isPresent()) {
            SiteId site = preferred.get();
            add(table, difference, site, "prefer(" + site + ")", "site " + site + " is preferred");
            return;
        }
        Policy policy = policies.policies().get(table.id());
        if (policy == null) {
            leave(table, difference, "the configuration has no rule for the table", PREFER);
            return;
        }
        List<Version> versions = versions(difference, known);
        if (policy.halts() || (versions.size() == 1 && asks(policy, versions.getFirst(), difference))) {
            leave(table, difference, "the policy " + policy.name() + " leaves it to you", PREFER);
        } else if (versions.size() == 1) {
            add(
                    table,
                    difference,
                    versions.getFirst().site(),
                    policy.name(),
                    "a row that is missing comes back, for nothing says that it was deleted");
        } else {
            choose(table, difference, policy, versions);
        }
    }

    /** Whether a person is to decide between the row and that it is not there. */
    private static boolean asks(Policy policy, Version there, Difference difference) {
        SiteId missing = difference.sites().entrySet().stream()
                .filter(site -> site.getValue().isEmpty())
                .map(Map.Entry::getKey)
                .findFirst()
                .orElseThrow();
        List<Contender> both = new ArrayList<>(contenders(List.of(there), UNKNOWN_EARLY));
        both.add(contender(missing, UNKNOWN_EARLY, null));
        return policy.decide(both, null).open();
    }

    private static List<Version> versions(Difference difference, Map<SiteId, RowAtSite> known) {
        Map<List<Optional<String>>, Version> versions = new LinkedHashMap<>();
        difference
                .sites()
                .forEach((site, there) -> there.ifPresent(row -> {
                    Optional<Instant> written =
                            Optional.ofNullable(known.get(site)).flatMap(RowAtSite::written);
                    versions.merge(row, new Version(List.of(site), written, row), RepairPlan::together);
                }));
        return List.copyOf(versions.values());
    }

    /** Where it was written first it was written by an application, and from there it was carried. */
    private static Version together(Version one, Version other) {
        List<SiteId> sites = new ArrayList<>(one.sites());
        sites.addAll(other.sites());
        Optional<Instant> first = one.written().isPresent() && other.written().isPresent()
                ? one.written()
                        .filter(time -> time.isBefore(other.written().get()))
                        .or(other::written)
                : one.written().or(other::written);
        return new Version(sites, first, one.row());
    }

    private void choose(Table table, Difference difference, Policy policy, List<Version> versions) {
        Outcome early = policy.decide(contenders(versions, UNKNOWN_EARLY), null);
        Outcome late = policy.decide(contenders(versions, UNKNOWN_LATE), null);
        if (early.open() || !early.failure().isEmpty()) {
            String why = early.failure().isEmpty() ? "" : ": " + early.failure();
            leave(table, difference, "the policy " + policy.name() + " leaves it to you" + why, PREFER);
        } else if (!early.cells().isEmpty()) {
            leave(table, difference, "the policy " + policy.name() + " makes a third row of the two", PREFER);
        } else if (!early.standing().site().equals(late.standing().site())) {
            String sites = String.join(
                    ", ",
                    versions.stream()
                            .filter(version -> version.written().isEmpty())
                            .map(version -> version.site().name())
                            .toList());
            leave(
                    table,
                    difference,
                    "the policy " + policy.name() + " needs to know which version is later, and site " + sites
                            + " has not kept when it was written (track_commit_timestamp)",
                    PREFER);
        } else {
            Contender stood = early.standing();
            Contender lost = contenders(versions, UNKNOWN_EARLY).stream()
                    .filter(version -> !version.site().equals(stood.site()))
                    .findFirst()
                    .orElseThrow();
            boolean known =
                    versions.stream().allMatch(version -> version.written().isPresent());
            add(
                    table,
                    difference,
                    stood.site(),
                    policy.name(),
                    known ? policy.reason(stood, lost) : policy.name() + " chose the version of site " + stood.site());
        }
    }

    /** @param unknown the time of a version of which it is not known, in microseconds since the Unix epoch */
    private static List<Contender> contenders(List<Version> versions, long unknown) {
        List<Contender> contenders = new ArrayList<>();
        for (Version version : versions) {
            long micros = version.written()
                    .map(time -> ChronoUnit.MICROS.between(Instant.EPOCH, time))
                    .orElse(unknown);
            contenders.add(standing(version.site(), micros, version.row()));
        }
        return contenders;
    }

    /** A row as it stands at a site, for a policy to compare. */
    static Contender standing(SiteId site, long micros, List<Optional<String>> row) {
        Cell[] cells = row.stream()
                .map(value -> value.<Cell>map(Cell::text).orElse(Cell.Absence.NULL))
                .toArray(Cell[]::new);
        return contender(site, micros, Image.of(cells));
    }

    private static Contender contender(SiteId site, long micros, @Nullable Image image) {
        Position position = new Position(0);
        return new Contender(
                site,
                position,
                new Stamp(micros),
                0,
                VersionVector.of(site, position),
                image == null ? Operation.DELETE : Operation.UPDATE,
                null,
                image,
                false);
    }

    private void add(Table table, Difference difference, SiteId stands, String policy, String reason) {
        steps.add(new RepairStep(table, difference.key(), difference.sites(), stands, policy, reason));
    }

    private void leave(Table table, Difference difference, String why, String next) {
        undecided.add(new Undecided(table, difference.key(), why, next));
    }
}
