package dev.entwine.testkit.torture;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Set;

/** The tables of the workload, and what the rules of the configuration must make of them. */
public final class Tables {
    static final String TALLY = "tally";
    static final String CHAIN = "chain";

    /** Of groups: all rows of one are written by one transaction with one tag. */
    static final List<String> GROUPS = List.of("group_a", "group_b", "group_c");

    public static final List<String> ALL = List.of(
            "register", "reborn", "big", TALLY, CHAIN, "group_a", "group_b", "group_c", "person", "parent", "child");

    /** Whose rows may have to give way to other rows. */
    static final Set<String> CONSTRAINED = Set.of("person", "parent", "child");

    /** Whose conflicts the later commit wins, whole rows and nothing else being compared. */
    static final Set<String> LATEST = Set.of("register", "reborn", "big");

    /** Under the key {@code tables}: the numbers of {@code tally} are added up, all else is decided by default. */
    public static final String RULES = """
          - match: public.tally
            columns: {n: sum}
          - match: public.*
        """;

    private static final int GROUPS_OF_A_SITE = 12;

    private Tables() {}

    /** The name of one of a site's groups. */
    static String group(String site, int number) {
        return site + "/" + Math.floorMod(number, GROUPS_OF_A_SITE);
    }

    /** Creates and fills them, the same at every site. */
    public static void create(Connection connection, List<String> sites) throws SQLException, IOException {
        try (InputStream schema = Tables.class.getResourceAsStream("schema.sql");
                Statement statement = connection.createStatement()) {
            if (schema == null) {
                throw new IllegalStateException("schema.sql is missing from the class path");
            }
            statement.execute(new String(schema.readAllBytes(), StandardCharsets.UTF_8));
            for (String site : sites) {
                for (int i = 0; i < GROUPS_OF_A_SITE; i++) {
                    String group = group(site, i);
                    statement.execute("INSERT INTO group_a VALUES ('" + group + "/1', '" + group + "', 'first', ''), ('"
                            + group + "/2', '" + group + "', 'first', '')");
                    statement.execute("INSERT INTO group_b VALUES ('" + group + "', '" + group + "', 'first', '')");
                    statement.execute("INSERT INTO group_c VALUES ('" + group + "', '" + group + "', 'first', '')");
                }
            }
        }
    }
}
