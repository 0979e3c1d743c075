package dev.entwine.testkit.torture;

import java.sql.SQLException;
import java.util.Optional;
import java.util.SplittableRandom;

/** Operations on rows that constrain one another: unique names that change hands, parents and children. */
final class Relations {
    private static final int PERSONS = 20;
    private static final int NAMES = 30;
    private static final int PARENTS = 10;

    private final SplittableRandom random;

    Relations(SplittableRandom random) {
        this.random = random;
    }

    void next(Session session, String tag) throws SQLException {
        if (random.nextBoolean()) {
            person(session, tag);
        } else {
            family(session, tag);
        }
    }

    private void person(Session session, String tag) throws SQLException {
        int id = 1 + random.nextInt(PERSONS);
        int dice = random.nextInt(10);
        if (dice < 4) {
            swap(session, tag, id, 1 + random.nextInt(PERSONS));
        } else if (dice < 7) {
            String name = name();
            session.write(
                    "UPDATE person SET tag = ?, name = ? WHERE id = ? AND NOT EXISTS (SELECT FROM person WHERE name ="
                            + " ?)",
                    tag,
                    name,
                    id,
                    name);
        } else if (dice < 9) {
            session.write("INSERT INTO person VALUES (?, ?, ?) ON CONFLICT DO NOTHING", id, tag, name());
        } else {
            session.write("DELETE FROM person WHERE id = ?", id);
        }
    }

    private String name() {
        return "name " + (1 + random.nextInt(NAMES));
    }

    private static void swap(Session session, String tag, int one, int other) throws SQLException {
        int first = Math.min(one, other);
        int second = Math.max(one, other);
        Optional<String> ofFirst = session.ask("SELECT name FROM person WHERE id = ? FOR UPDATE", first);
        Optional<String> ofSecond = session.ask("SELECT name FROM person WHERE id = ? FOR UPDATE", second);
        if (first == second || ofFirst.isEmpty() || ofSecond.isEmpty()) {
            return;
        }
        session.write("UPDATE person SET name = NULL WHERE id = ?", first);
        session.write("UPDATE person SET tag = ?, name = ? WHERE id = ?", tag, ofFirst.get(), second);
        session.write("UPDATE person SET tag = ?, name = ? WHERE id = ?", tag, ofSecond.get(), first);
    }

    private void family(Session session, String tag) throws SQLException {
        int parent = 1 + random.nextInt(PARENTS);
        int dice = random.nextInt(10);
        if (dice < 4) {
            session.write("INSERT INTO child SELECT ?, ?, id FROM parent WHERE id = ? FOR KEY SHARE", tag, tag, parent);
        } else if (dice < 6) {
            session.write(
                    "DELETE FROM child WHERE id = (SELECT id FROM child WHERE parent = ? ORDER BY random() LIMIT 1)",
                    parent);
        } else if (dice < 7) {
            session.write("DELETE FROM child WHERE parent = ?", parent);
            session.write("DELETE FROM parent WHERE id = ?", parent);
        } else if (dice < 9) {
            session.write("INSERT INTO parent VALUES (?, ?, 'v') ON CONFLICT DO NOTHING", parent, tag);
        } else {
            session.write("UPDATE parent SET tag = ?, v = ? WHERE id = ?", tag, "v" + random.nextInt(100), parent);
        }
    }
}
