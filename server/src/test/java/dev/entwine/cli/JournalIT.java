package dev.entwine.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entwine.cli.Pair.Result;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** The journal as a tool, on conflicts that a real engine has decided. */
final class JournalIT {
    private static final String SCHEMA = """
        CREATE TABLE t (id int PRIMARY KEY, v text, n int);
        CREATE TABLE m (a int, b text, v text, PRIMARY KEY (a, b));
        CREATE TABLE alone (id int PRIMARY KEY);
        INSERT INTO t SELECT i, 'base', 10 FROM generate_series(1, 9) i;
        INSERT INTO m SELECT i, 'x,y', 'base' FROM generate_series(1, 9) i
        """;
    private static final String RULES = "  - match: public.m\n    on_conflict: manual\n  - match: public.t\n";

    private static Pair pair() throws Exception {
        Pair pair = Pair.open().withTables(RULES);
        pair.both(SCHEMA);
        assertThat(pair.run("init", "--equal").exitCode()).isZero();
        return pair;
    }

    private static void collide(Pair pair, String table, String where) throws Exception {
        pair.east("UPDATE " + table + " SET v = 'east' WHERE " + where);
        pair.west("UPDATE " + table + " SET v = 'west' WHERE " + where);
    }

    private static String id(Pair pair, String condition) throws Exception {
        return pair.value("east", "SELECT id FROM entwine.conflict WHERE " + condition + " ORDER BY stamp DESC");
    }

    private static List<JsonNode> lines(Result result) {
        assertThat(result.exitCode()).as(result.all()).isZero();
        return result.out().lines().map(Json::parse).toList();
    }

    @Test
    void an_entry_holds_both_versions_with_transaction_position_time_and_site_and_the_reason() throws Exception {
        try (Pair pair = pair()) {
            pair.east("BEGIN; UPDATE t SET v = 'east' WHERE id = 1; CREATE TABLE east AS SELECT pg_current_xact_id() AS"
                    + " x; COMMIT");
            pair.west("UPDATE t SET v = 'west' WHERE id = 1");
            pair.synchronize();
            JsonNode entry = lines(pair.run("conflicts", "list", "--json")).getFirst();
            assertThat(entry.path("versions")).hasSize(2);
            JsonNode east = entry.path("versions").get(0);
            JsonNode west = entry.path("versions").get(1);
            if (east.path("site").asString().equals("west")) {
                JsonNode other = east;
                east = west;
                west = other;
            }
            assertThat(east.path("transaction").asString()).isEqualTo(pair.value("east", "SELECT x FROM east"));
            assertThat(east.path("operation").asString()).isEqualTo("update");
            assertThat(east.path("image").toString()).isEqualTo("{\"n\":\"10\",\"v\":\"east\",\"id\":\"1\"}");
            assertThat(west.path("image").path("v").asString()).isEqualTo("west");
            assertThat(west.path("position").asString()).matches("[0-9A-F]+/[0-9A-F]+");
            assertThat(entry.path("reason").asString())
                    .isEqualTo("committed at " + west.path("at").asString() + ", the other at "
                            + east.path("at").asString());
            assertThat(entry.path("decision").path("winner").asString()).isEqualTo("west");
            String shown =
                    pair.run("conflicts", "show", entry.path("id").asString()).out();
            assertThat(shown)
                    .contains("policy latest, winner west: committed at ")
                    .containsPattern("SITE +DID +COMMITTED +TRANSACTION +POSITION")
                    .containsPattern("east +update +20..-..-..T.*Z +"
                            + east.path("transaction").asString() + " +"
                            + east.path("position").asString())
                    .containsPattern("\\* +v +\\(not known\\) +east +west");

            assertThat(pair.run("conflicts", "keep", entry.path("id").asString(), "--site", "east")
                            .exitCode())
                    .isZero();
            JsonNode kept = lines(pair.run("conflicts", "list", "--json")).getFirst();
            assertThat(kept.path("winner").asString()).isEqualTo("east");
            assertThat(kept.path("status").asString()).isEqualTo("decided");
            assertThat(kept.path("result").path("v").asString()).isEqualTo("east");
            assertThat(kept.path("losers").get(0).path("site").asString()).isEqualTo("west");
            assertThat(kept.path("losers").get(0).path("image").path("v").asString())
                    .isEqualTo("west");
            assertThat(kept.path("decision").path("winner").asString()).isEqualTo("west");
            JsonNode revision = kept.path("revisions").get(0);
            assertThat(revision.path("command").asString()).isEqualTo("keep");
            assertThat(revision.path("by").asString()).contains("@").endsWith(" as postgres");
            assertThat(pair.run("conflicts", "show", entry.path("id").asString())
                            .out())
                    .contains("as postgres kept the version of east (at site east, transaction ");
        }
    }

    @Test
    void list_and_export_take_filters_and_the_export_is_the_whole_journal_oldest_first() throws Exception {
        try (Pair pair = pair()) {
            for (int id = 1; id <= 3; id++) {
                collide(pair, "t", "id = " + id);
                collide(pair, "m", "a = " + id);
            }
            pair.east("DELETE FROM t WHERE id = 4");
            pair.west("UPDATE t SET v = 'a \"quoted\", one' WHERE id = 4");
            pair.synchronize();
            List<JsonNode> all = lines(pair.run("conflicts", "export"));
            assertThat(all).hasSize(7);
            assertThat(all.stream().map(line -> line.path("at").asString())).isSorted();
            assertThat(lines(pair.run("conflicts", "export", "--table", "m"))).hasSize(3);
            assertThat(lines(pair.run("conflicts", "export", "--table", "public.t", "--kind", "update_update")))
                    .hasSize(3);
            assertThat(lines(pair.run("conflicts", "list", "--json", "--status", "open")))
                    .hasSize(3);
            assertThat(lines(pair.run("conflicts", "list", "--json", "--policy", "latest", "--limit", "2")))
                    .hasSize(2);
            assertThat(lines(pair.run("conflicts", "list", "--json", "--site", "west")))
                    .hasSize(7);
            assertThat(lines(pair.run("conflicts", "list", "--json", "--since", "1h")))
                    .hasSize(7);
            assertThat(lines(pair.run("conflicts", "list", "--json", "--until", "1h")))
                    .isEmpty();
            String middle = all.get(3).path("at").asString();
            assertThat(lines(pair.run("conflicts", "list", "--json", "--since", middle)))
                    .hasSize(4);
            assertThat(lines(pair.run("conflicts", "export", "--until", middle)))
                    .hasSize(3);

            String csv = pair.run("conflicts", "export", "--format", "csv", "--kind", "delete_update")
                    .out();
            assertThat(csv).startsWith("id,at,table,key,kind,policy,reason,status,winner,losers,base,result,");
            assertThat(csv).contains("\"\"v\"\":\"\"a \\\"\"quoted\\\"\", one\"\"");
            assertThat(csv.lines()).hasSize(2);

            // Closed at one site, and not yet carried to the other, whose entry still says that it is open.
            String open = id(pair, "table_name = 'm' AND key->>'a' = '2'");
            assertThat(pair.run("conflicts", "keep", open, "--site", "west").exitCode())
                    .isZero();
            assertThat(pair.value("west", "SELECT status FROM entwine.conflict WHERE id = '" + open + "'"))
                    .isEqualTo("open");
            assertThat(lines(pair.run("conflicts", "list", "--json", "--status", "open")))
                    .hasSize(2);
            assertThat(lines(pair.run("conflicts", "list", "--json", "--status", "decided")))
                    .hasSize(5);
            for (List<String> wrong : List.of(
                    List.of("list", "--status", "shut"),
                    List.of("list", "--kind", "quarrel"),
                    List.of("export", "--site", "south"),
                    List.of("export", "--format", "xml"),
                    List.of("list", "--since", "yesterday"),
                    List.of("list", "--limit", "0"),
                    List.of("show", "x", "--table", "t"),
                    List.of("list", "x"))) {
                Result refused = pair.run("conflicts", wrong.toArray(String[]::new));
                assertThat(refused.exitCode()).as(wrong + " " + refused.all()).isEqualTo(2);
            }
        }
    }

    @Test
    void why_tells_a_rows_story_at_every_site() throws Exception {
        try (Pair pair = pair()) {
            collide(pair, "t", "id = 1");
            pair.synchronize();
            pair.east("UPDATE t SET n = 11 WHERE id = 1");
            pair.west("UPDATE t SET n = 12 WHERE id = 1");
            collide(pair, "m", "a = 1");
            pair.synchronize();
            String first = id(pair, "table_name = 't' AND losers->0->'image'->>'n' = '10'");
            assertThat(pair.run("conflicts", "undo", id(pair, "table_name = 't'"))
                            .exitCode())
                    .isZero();
            pair.west("INSERT INTO entwine.parked (row_id, table_schema, table_name, key, source, position, operation,"
                    + " error) VALUES ('x', 'public', 't', '{\"id\": \"1\"}', 'east', '0/1', 'update', 'no room')");
            JsonNode story = pair.run("why", "t", "1", "--json").json();
            assertThat(story.path("same").asBoolean(true)).isFalse();
            assertThat(story.path("sites").path("east").path("row").path("n").asString())
                    .isEqualTo("11");
            assertThat(story.path("sites").path("east").path("by").asString()).isEqualTo("application");
            assertThat(story.path("sites").path("west").path("row").path("n").asString())
                    .isEqualTo("12");
            assertThat(story.path("sites").path("west").path("transaction").asString())
                    .isEqualTo(pair.value("west", "SELECT xmin FROM t WHERE id = 1"));
            assertThat(story.path("conflicts")).hasSize(2);
            assertThat(story.path("conflicts").get(0).path("id").asString()).isEqualTo(first);
            assertThat(story.path("conflicts").get(1).path("status").asString()).isEqualTo("undone");
            assertThat(story.path("waits").toString()).contains("no room");
            assertThat(pair.run("why", "public.t", "id=01").out())
                    .contains("public.t id=01: different at [east, west]")
                    .containsPattern("east +there +'conflicts undo', ")
                    .containsPattern("\\* +n +11 +12")
                    .contains("2 conflicts, each after those that it knew of:")
                    .contains("as postgres brought back the version of east")
                    .contains("site west: a change that was refused and parked (update of site east at 0/1): no room");
            pair.west("UPDATE t SET v = 'late' WHERE id = 6");
            assertThat(pair.run("why", "t", "6").out())
                    .contains("the sites are not alike: changes are on their way, or no engine runs");
            assertThat(pair.run("why", "m", "a=1,b=x,y").out())
                    .contains("public.m a=1, b=x,y: the same at [east, west]")
                    .contains("open conflict ");
            assertThat(pair.run("why", "t", "5").out())
                    .contains("it was never in conflict")
                    .contains("it waits for nothing");

            assertThat(pair.run("why", "t", "99").err())
                    .contains(
                            "table public.t has no row with id=99 at [east, west], and no journal there knows of one");
            assertThat(pair.run("why", "t", "x").err())
                    .contains("the key id=x does not fit table public.t: ERROR: invalid input syntax for type integer");
            assertThat(pair.run("why", "m", "a=1").err()).contains("write it as a=VALUE,b=VALUE");
            assertThat(pair.run("why", "alone", "1").err())
                    .contains("table 'alone' is not synchronized; these are: public.m, public.t");
            for (String table : List.of("t 99", "t x", "m a=1", "alone 1")) {
                assertThat(pair.run("why", table.split(" ")).exitCode())
                        .as(table)
                        .isEqualTo(2);
            }
        }
    }

    @Test
    void try_policy_tells_what_other_policies_would_have_made_of_recorded_conflicts() throws Exception {
        try (Pair pair = pair()) {
            pair.both("ALTER TABLE t REPLICA IDENTITY FULL");
            collide(pair, "t", "id = 1");
            pair.east("UPDATE t SET n = 11 WHERE id = 2");
            pair.west("UPDATE t SET v = 'west' WHERE id = 2");
            pair.east("DELETE FROM t WHERE id = 4");
            pair.west("UPDATE t SET v = 'west' WHERE id = 4");
            collide(pair, "m", "a = 1");
            pair.synchronize();
            Result same = pair.run("try-policy", "--against", "live");
            assertThat(same.exitCode()).as(same.all()).isZero();
            assertThat(same.out()).containsPattern("public\\.t +latest +latest +3 +0 +0");
            Path export = Files.createTempFile("journal", ".json");
            Files.writeString(export, pair.run("conflicts", "export").out());

            pair.withTables(
                    "  - match: public.m\n    on_conflict: latest\n  - match: public.t\n    on_conflict: precedence\n");
            Result other = pair.run("try-policy", "--against", export.toString());
            assertThat(other.exitCode()).as(other.all()).isEqualTo(3);
            assertThat(other.out())
                    .containsPattern("public\\.m +latest +manual +0 +1 +0")
                    .containsPattern("public\\.t +precedence +latest +0 +3 +0")
                    .containsPattern("public\\.t +id=1 +update_update +west +east +v +")
                    .containsPattern("public\\.t +id=4 +delete_update +west +east +the row would be gone")
                    .containsPattern("public\\.m +a=1, b=x,y +update_update +west +west +it would not be open");

            pair.withTables(
                    "  - match: public.m\n    on_conflict: halt\n  - match: public.t\n    on_conflict: merge\n");
            JsonNode merged = pair.run("try-policy", "--against", export.toString(), "--json")
                    .json();
            assertThat(merged.path("tables").toString())
                    .contains("\"table\":\"public.t\",\"policy\":\"merge\",\"recorded_under\":\"latest\",\"same\":2,"
                            + "\"different\":1,\"cannot_be_told\":0");
            assertThat(merged.path("differences")
                            .get(0)
                            .path("would_be")
                            .path("result")
                            .toString())
                    .isEqualTo("{\"id\":\"2\",\"v\":\"west\",\"n\":\"11\"}");
            assertThat(merged.path("cannot_be_told").toString())
                    .contains("public.m: the engine would have stopped there (halt)");

            String whole = Files.readString(export); // its last line of the table is the delete, which replaced 'base'
            int last = whole.lastIndexOf("\"v\":\"base\"");
            Files.writeString(export, whole.substring(0, last) + "\"v\":\"older\"" + whole.substring(last + 10));
            assertThat(pair.run("try-policy", "--against", export.toString()).out())
                    .contains("a site had changed the row more than once");

            Files.writeString(export, "id,at\n");
            assertThat(pair.run("try-policy", "--against", export.toString()).err())
                    .contains("line 1: not a conflict of an export: it is not JSON");
            for (String journal : List.of(export.toString(), "/nowhere")) {
                assertThat(pair.run("try-policy", "--against", journal).exitCode())
                        .isEqualTo(2);
            }
            pair.withTables("  - match: public.t\n    on_conflict: greatest(nothing)\n");
            assertThat(pair.run("try-policy", "--against", "live").exitCode()).isEqualTo(2);
        }
    }
}
