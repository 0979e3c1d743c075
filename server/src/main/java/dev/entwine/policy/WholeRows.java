package dev.entwine.policy;

import dev.entwine.config.Configuration;
import dev.entwine.config.TableRule;
import dev.entwine.db.Catalog;
import dev.entwine.db.Finding;
import java.util.ArrayList;
import java.util.List;

/** Finds the tables whose policy needs more of the log than it carries. */
public final class WholeRows {
    /** The code of what is found, which {@code init} mends by itself. */
    public static final String CODE = "policy_needs_full_identity";

    private WholeRows() {}

    public static List<Finding> check(Configuration configuration, Catalog catalog) {
        List<Finding> findings = new ArrayList<>();
        for (Catalog.Relation relation : catalog.ordinaryTables().values()) {
            boolean needed = configuration
                    .ruleFor(relation.id())
                    .filter(TableRule::needsWholeRows)
                    .isPresent();
            if (needed && catalog.refusesWholeRows(relation)) {
                findings.add(Finding.error(
                        catalog.site(),
                        "whole_rows_with_generated_columns",
                        "the policy of table " + relation.id() + " needs whole rows, old and new, which need REPLICA"
                                + " IDENTITY FULL, and with that this server refuses every UPDATE and DELETE of a"
                                + " published table that has generated columns",
                        "give the table a policy that needs no whole rows, such as latest, or turn the generated"
                                + " columns into ordinary ones"));
                continue;
            }
            for (String name : needed ? relation.notFull() : List.<String>of()) {
                findings.add(Finding.error(
                        catalog.site(),
                        CODE,
                        "the policy of table " + relation.id() + " needs whole rows, old and new, and the log does not"
                                + " carry them of " + name,
                        "ALTER TABLE " + name + " REPLICA IDENTITY FULL;"));
            }
        }
        return findings;
    }
}
