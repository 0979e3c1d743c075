package dev.entwine.cli;

import dev.entwine.config.Configuration;
import dev.entwine.config.ConfigurationException.Problem;
import dev.entwine.db.Catalog;
import dev.entwine.db.SiteException;
import dev.entwine.db.TableSet;
import dev.entwine.model.SiteId;
import dev.entwine.policy.PolicySet;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The configuration's rules for the tables as they are at the sites that can be reached.
 *
 * @param catalogs of these sites, in order of precedence
 */
record CompiledRules(List<Catalog> catalogs, TableSet tables, PolicySet policies) {
    CompiledRules {
        catalogs = List.copyOf(catalogs);
    }

    static CompiledRules of(Configuration loaded, SiteConnections connections) throws CommandFailure, SiteException {
        List<Catalog> catalogs = new ArrayList<>();
        for (SiteId site : connections.reachable()) {
            catalogs.add(connections.call(site, "reading the catalog", connection -> Catalog.read(site, connection)));
        }
        if (catalogs.isEmpty()) {
            connections.requireAll();
        }
        TableSet tables = TableSet.agree(table -> loaded.ruleFor(table).isPresent(), catalogs);
        PolicySet policies = PolicySet.compile(loaded, tables.tables(), catalogs);
        if (!policies.problems().isEmpty()) {
            throw new CommandFailure(
                    ExitCode.USAGE,
                    policies.problems().stream().map(Problem::toString).collect(Collectors.joining("\n")));
        }
        return new CompiledRules(catalogs, tables, policies);
    }
}
