package dev.entwine.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.util.HashSet;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** Whether all that {@link StormWriter}s have seen accepted is there, was replaced by who had seen it, or stands in the journal. */
final class StormJudge {
    /** How many rows break a constraint. */
    static final String BROKEN = """
        SELECT (SELECT count(*) FROM basket b LEFT JOIN person p ON p.id = b.person
                WHERE b.person IS NOT NULL AND p.id IS NULL)
             + (SELECT count(*) FROM item i LEFT JOIN basket b ON b.id = i.basket WHERE b.id IS NULL)
             + (SELECT count(*) - count(DISTINCT email) FROM person WHERE email IS NOT NULL)
             + (SELECT count(*) - count(DISTINCT nick) FROM person WHERE nick IS NOT NULL)
             + (SELECT count(*) - count(DISTINCT code) FROM basket WHERE code IS NOT NULL)
             + (SELECT count(*) - count(DISTINCT slot) FROM basket WHERE slot IS NOT NULL)
             + (SELECT count(*) FROM person WHERE low > high)
        """;

    private final Sites sites;
    private final StormWriter.Memory memory;

    StormJudge(Sites sites, StormWriter.Memory memory) {
        this.sites = sites;
        this.memory = memory;
    }

    /** Once all has come to rest. */
    void requireAllKept() throws SQLException {
        sites.requireEqual(StormWriter.TABLES, "t::text");
        for (String site : sites.names()) {
            assertThat(sites.value(site, BROKEN)).as("broken at site " + site).isEqualTo("0");
            requireSums(site);
            Set<String> known = new HashSet<>(memory.replaced);
            for (String table : StormWriter.TABLES.subList(0, 3)) {
                known.addAll(sites.texts(site, "SELECT tag FROM " + table));
            }
            known.addAll(sites.texts(
                    site, "SELECT l -> 'image' ->> 'tag' FROM entwine.conflict, jsonb_array_elements(losers) l"));
            Set<String> lost = new HashSet<>(memory.written.keySet());
            lost.removeAll(known);
            assertThat(lost)
                    .as(() -> "versions of which nothing is left at site " + site + ": " + stories(site, lost))
                    .isEmpty();
        }
    }

    private void requireSums(String site) throws SQLException {
        SortedMap<String, String> balances =
                sites.rows(site, "SELECT id::text, balance::text FROM account WHERE balance <> 0");
        SortedMap<String, String> wanted = new TreeMap<>();
        memory.added.forEach((account, sum) -> wanted.put("" + account, "" + sum));
        for (String account : wanted.keySet()) {
            assertThat(balances.get(account))
                    .as(() -> "sum of account " + account + " at site " + site + ", to which "
                            + memory.additions.get(Integer.valueOf(account)) + " were added; "
                            + stories(site, "account", account))
                    .isEqualTo(wanted.get(account));
        }
    }

    /** What is known of the rows, to begin the search for what went wrong. */
    private String stories(String site, Set<String> lost) {
        StringBuilder stories = new StringBuilder();
        for (String tag : lost) {
            String[] row = memory.written.getOrDefault(tag, "").split(" ", -1);
            stories.append(tag).append(" was row ").append(stories(site, row[0], row[1]));
        }
        return stories.toString();
    }

    private String stories(String site, String table, String id) {
        try {
            return id + " of " + table + ", now "
                    + sites.value(site, "SELECT t::text FROM " + table + " t WHERE id = " + id)
                    + sites.value(
                            site,
                            "SELECT string_agg(concat_ws(' ', E'\\n', kind, policy, vector, 'lost', losers, 'result',"
                                    + " result, transactions, reason), '' ORDER BY stamp) FROM entwine.conflict WHERE"
                                    + " table_name = '" + table + "' AND key ->> 'id' = '" + id + "'");
        } catch (SQLException e) {
            return e.toString();
        }
    }
}
