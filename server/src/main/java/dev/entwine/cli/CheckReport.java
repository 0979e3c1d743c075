package dev.entwine.cli;

import dev.entwine.config.Configuration;
import dev.entwine.config.ConfigurationException.Problem;
import dev.entwine.config.TableRule;
import dev.entwine.db.Catalog;
import dev.entwine.db.Finding;
import dev.entwine.db.SiteException;
import dev.entwine.db.SiteRequirements;
import dev.entwine.db.TableSet;
import dev.entwine.db.Tls;
import dev.entwine.model.SiteId;
import dev.entwine.model.TableId;
import dev.entwine.policy.PolicySet;
import dev.entwine.policy.WholeRows;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What was found at all sites.
 *
 * @param findings all of them, errors first
 * @param tables   the agreed tables; complete only when there are no errors
 */
record CheckReport(List<Finding> findings, List<Catalog> catalogs, TableSet tables) {
    private static final Set<String> CONNECTION_CODES = Set.of("tls", "unreachable", "authentication", "connection");

    private static final String POLICY = "policy";

    static CheckReport of(Configuration configuration, SiteConnections connections) throws SiteException {
        List<Finding> findings = new ArrayList<>(connections.troubles());
        configuration.sites().forEach(site -> findings.addAll(Tls.findings(site.endpoint())));
        List<Catalog> catalogs = new ArrayList<>();
        for (SiteId site : connections.reachable()) {
            Catalog catalog =
                    connections.call(site, "reading the catalog", connection -> Catalog.read(site, connection));
            catalogs.add(catalog);
            findings.addAll(SiteRequirements.check(catalog));
            findings.addAll(WholeRows.check(configuration, catalog));
        }
        findings.addAll(sameDatabase(catalogs));
        TableSet tables = TableSet.agree(table -> configuration.ruleFor(table).isPresent(), catalogs);
        findings.addAll(tables.findings());
        PolicySet.compile(configuration, tables.tables(), catalogs)
                .problems()
                .forEach(problem -> findings.add(policy(problem)));
        if (connections.troubles().isEmpty()) {
            findings.addAll(unusedRules(configuration, catalogs));
        }
        List<Finding> sorted = findings.stream()
                .sorted(java.util.Comparator.comparing(Finding::severity))
                .toList();
        return new CheckReport(sorted, List.copyOf(catalogs), tables);
    }

    private static Finding policy(Problem problem) {
        return new Finding(
                Optional.empty(), Finding.Severity.ERROR, POLICY, problem.toString(), "mend it in the configuration");
    }

    private static List<Finding> sameDatabase(List<Catalog> catalogs) {
        List<Finding> findings = new ArrayList<>();
        Map<String, SiteId> seen = new HashMap<>();
        for (Catalog catalog : catalogs) {
            // The system identifier alone would take a copy of a cluster for the cluster itself.
            String database = catalog.server().identifier() + " "
                    + catalog.server().startedAt() + " " + catalog.server().database();
            Optional.ofNullable(seen.putIfAbsent(database, catalog.site()))
                    .ifPresent(first -> findings.add(Finding.error(
                            catalog.site(),
                            "same_database",
                            "this is the database of site " + first,
                            "name another database in the url of site " + catalog.site())));
        }
        return findings;
    }

    private static List<Finding> unusedRules(Configuration configuration, List<Catalog> catalogs) {
        Set<TableId> known = catalogs.stream()
                .flatMap(catalog -> catalog.tables().keySet().stream())
                .collect(Collectors.toSet());
        List<Finding> findings = new ArrayList<>();
        for (TableRule rule : configuration.rules()) {
            boolean used = known.stream()
                    .anyMatch(table -> configuration.ruleFor(table).equals(Optional.of(rule)));
            if (!used) {
                findings.add(new Finding(
                        Optional.empty(),
                        Finding.Severity.ERROR,
                        "rule_without_table",
                        "the rule '" + rule.match() + "' at " + rule.where()
                                + " is the first to match no table at any site",
                        "mend the pattern, create the table, or take the rule out"));
            }
        }
        return findings;
    }

    boolean hasErrors() {
        return findings.stream().anyMatch(Finding::isError);
    }

    /** Whether some site could not even be asked. */
    boolean hasConnectionTrouble() {
        return findings.stream().anyMatch(finding -> CONNECTION_CODES.contains(finding.code()));
    }

    int exitCode() {
        if (hasConnectionTrouble()) {
            return ExitCode.FAILED;
        }
        return findings.stream().anyMatch(finding -> finding.code().equals(POLICY))
                ? ExitCode.USAGE
                : hasErrors() ? ExitCode.FOUND : ExitCode.FINE;
    }
}
