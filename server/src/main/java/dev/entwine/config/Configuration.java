package dev.entwine.config;

import dev.entwine.model.SiteId;
import dev.entwine.model.TableId;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A whole configuration, checked.
 *
 * @param sites at least two, in order of precedence, the highest first
 * @param rules in the order of the file; the first that matches a table counts
 * @param guards what a site may do before its log is held
 * @param notice who is told when something needs a person
 */
public record Configuration(
        List<SiteSettings> sites,
        List<TableRule> rules,
        GuardSettings guards,
        ConsoleSettings console,
        NotifySettings notice,
        EngineSettings engine) {
    public Configuration {
        sites = List.copyOf(sites);
        rules = List.copyOf(rules);
    }

    /**
     * Reads and checks a file.
     *
     * @param environment where {@code ${env:NAME}} looks
     * @throws ConfigurationException with every problem of the file, in the order of its lines
     */
    public static Configuration load(Path file, Map<String, String> environment) throws ConfigurationException {
        return new ConfigurationReader(file, environment).read();
    }

    /** The rule that counts for a table; empty for a table that is left alone. */
    public Optional<TableRule> ruleFor(TableId table) {
        return rules.stream().filter(rule -> rule.match().matches(table)).findFirst();
    }

    /** How many rows of a table a site may delete. */
    public RateLimit deletesOf(TableId table) {
        return ruleFor(table).flatMap(TableRule::deletes).orElse(guards.deletes());
    }

    public Optional<SiteSettings> site(SiteId site) {
        return sites.stream().filter(settings -> settings.id().equals(site)).findFirst();
    }

    public List<SiteId> siteIds() {
        return sites.stream().map(SiteSettings::id).toList();
    }
}
