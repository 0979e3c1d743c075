package dev.entwine.testkit.torture;

import java.sql.SQLException;
import java.util.SplittableRandom;

/** What one writer does next, chosen by its random numbers. Owned by the writer's thread. */
final class Operations {
    private static final int REGISTERS = 40;
    private static final int REBORN = 8;
    private static final int BIG = 20;
    private static final int BODY_CHARS = 6_000;
    private static final int TALLIES = 10;

    private final String site;
    private final SplittableRandom random;
    private final Relations relations;

    Operations(String site, SplittableRandom random) {
        this.site = site;
        this.random = random;
        relations = new Relations(random);
    }

    /** @param tag unique; stands in every row version that the operation makes */
    void next(Session session, String tag) throws SQLException {
        int dice = random.nextInt(100);
        if (dice < 25) {
            register(session, tag);
        } else if (dice < 38) {
            reborn(session, tag);
        } else if (dice < 48) {
            big(session, tag);
        } else if (dice < 58) {
            session.write(
                    "UPDATE tally SET n = n + ?, tag = ? WHERE id = ?",
                    random.nextInt(-5, 100),
                    tag,
                    1 + random.nextInt(TALLIES));
        } else if (dice < 70) {
            chain(session, tag);
        } else if (dice < 82) {
            group(session, tag);
        } else {
            relations.next(session, tag);
        }
    }

    private void register(Session session, String tag) throws SQLException {
        String column = random.nextBoolean() ? "v" : "w";
        session.write(
                "UPDATE register SET tag = ?, " + column + " = ? WHERE id = ?",
                tag,
                "it's " + random.nextInt(1_000),
                1 + random.nextInt(REGISTERS));
    }

    private void reborn(Session session, String tag) throws SQLException {
        int id = 1 + random.nextInt(REBORN);
        int dice = random.nextInt(10);
        if (dice < 4) {
            session.write("DELETE FROM reborn WHERE id = ?", id);
        }
        if (dice < 1 || (dice >= 4 && dice < 8)) {
            session.write(
                    "INSERT INTO reborn VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                    id,
                    tag,
                    "made " + random.nextInt(1_000));
        } else if (dice >= 8) {
            session.write("UPDATE reborn SET tag = ?, v = ? WHERE id = ?", tag, "set " + random.nextInt(1_000), id);
        }
    }

    private void big(Session session, String tag) throws SQLException {
        int id = 1 + random.nextInt(BIG);
        if (random.nextBoolean()) {
            session.write("UPDATE big SET tag = ?, n = n + 1 WHERE id = ?", tag, id);
        } else {
            String body = Integer.toString(random.nextInt(1_000_000)) + " ";
            session.write(
                    "UPDATE big SET tag = ?, body = ? WHERE id = ?", tag, body.repeat(BODY_CHARS / body.length()), id);
        }
    }

    /** Names a row that was found here, mostly one of another site that has just come. */
    private void chain(Session session, String tag) throws SQLException {
        String cause = session.ask(
                        "SELECT id FROM (SELECT id, made FROM chain WHERE id NOT LIKE ? ORDER BY made DESC LIMIT 5) c"
                                + " ORDER BY random() LIMIT 1",
                        random.nextInt(4) == 0 ? "" : site + "%")
                .orElse("root");
        session.write("INSERT INTO chain (id, tag, cause) VALUES (?, ?, ?)", tag, tag, cause);
    }

    private void group(Session session, String tag) throws SQLException {
        String group = Tables.group(site, random.nextInt(Integer.MAX_VALUE));
        for (String table : Tables.GROUPS) {
            session.write("UPDATE " + table + " SET tag = ?, v = v WHERE g = ?", tag, group);
        }
    }
}
