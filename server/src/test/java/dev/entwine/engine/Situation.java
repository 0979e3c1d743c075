package dev.entwine.engine;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** Something that sites do apart, and what is to be seen of it afterwards. It can be done again in each round, with rows of its own. */
interface Situation {
    /** Each site does its part, in the order of commits that the situation has. */
    void write(Applications applications, List<String> sites, int round) throws SQLException;

    /** What stands, in the words of the document. */
    String outcome(Applications applications, String site, int round) throws SQLException;

    /** Whether the design lets what stands depend on whose log arrives first. */
    default boolean mayDependOnArrival() {
        return false;
    }

    /** The part of the outcome that never depends on whose log arrives first. */
    default String meaning(Applications applications, String site, int round) throws SQLException {
        return outcome(applications, site, round);
    }

    /** The journal's entries, in the words of the document; {@code null} as a word where there are none. */
    String journal(Applications applications, String site, int round) throws SQLException;

    /** East and west in the order wanted, then any third site. */
    static List<String> order(List<String> sites, boolean eastFirst) {
        List<String> order = new ArrayList<>(eastFirst ? List.of("east", "west") : List.of("west", "east"));
        sites.stream().filter(site -> !order.contains(site)).forEach(order::add);
        return order;
    }
}
