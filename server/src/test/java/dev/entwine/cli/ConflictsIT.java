package dev.entwine.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entwine.cli.Pair.Result;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

final class ConflictsIT {
    private static final String INSERT =
            "INSERT INTO entwine.conflict (id, at, table_schema, table_name, row_id, key, kind,"
                    + " policy, status, winner, vector, stamp, operation, losers, base, result) VALUES ";
    private static final String FIRST = "('c1', '2026-01-02 03:04:05.678Z', 'public', 't', 'r1', '{\"id\": \"7\"}',"
            + " 'update_update', 'latest', 'decided', 'west', 'east=0/1,west=0/2', 5, 'UPDATE', '[{\"site\": \"east\","
            + " \"position\": \"0/1\", \"at\": \"2026-01-02T03:04:05Z\", \"image\": {\"id\": \"7\", \"name\": \"lost\","
            + " \"same\": null}}]', '{\"id\": \"7\", \"name\": \"before\", \"same\": null}', '{\"id\": \"7\", \"name\":"
            + " \"kept\", \"same\": null}')";
    private static final String SECOND = "('c2', '2026-01-02 03:04:06Z', 'public', 't', 'r2', '{\"id\": \"8\"}',"
            + " 'update_delete', 'latest', 'open', 'east', 'east=0/3,west=0/4', 6, 'DELETE',"
            + " '[{\"site\": \"west\", \"position\": \"0/4\", \"at\": null, \"image\": null}]', NULL, NULL)";

    @Test
    void the_journals_of_all_sites_are_listed_as_one_newest_first() throws Exception {
        try (Pair pair = Pair.open()) {
            pair.both("CREATE TABLE t (id int PRIMARY KEY)");
            assertThat(pair.run("conflicts", "list").err()).contains("is initialized; run 'entwine init' first");
            assertThat(pair.run("init", "--equal").exitCode()).isZero();
            assertThat(pair.run("conflicts", "list").out()).isEqualTo("no conflicts\n");
            assertThat(pair.run("conflicts", "list", "--json").out()).isEmpty();
            pair.east(INSERT + FIRST);
            pair.west(INSERT + FIRST + ", " + SECOND);
            List<String> lines =
                    pair.run("conflicts", "list", "--json").out().lines().toList();
            assertThat(lines).hasSize(2);
            assertThat(Json.parse(lines.getFirst()).path("id").asString()).isEqualTo("c2");
            JsonNode first = Json.parse(lines.getLast());
            assertThat(first.properties().stream().map(java.util.Map.Entry::getKey))
                    .containsExactly(
                            "id",
                            "at",
                            "table",
                            "key",
                            "kind",
                            "policy",
                            "reason",
                            "status",
                            "winner",
                            "losers",
                            "base",
                            "result",
                            "versions",
                            "revisions",
                            "decision");
            assertThat(first.path("at").asString()).isEqualTo("2026-01-02T03:04:05.678Z");
            assertThat(first.path("table").asString()).isEqualTo("public.t");
            assertThat(first.path("key").toString()).isEqualTo("{\"id\":\"7\"}");
            assertThat(first.path("losers").get(0).path("image").path("name").asString())
                    .isEqualTo("lost");
            assertThat(Json.parse(lines.getFirst()).path("result").isNull()).isTrue();
            assertThat(pair.run("conflicts", "list", "--limit", "1").out())
                    .contains("c2")
                    .doesNotContain("c1");
            assertThat(pair.run("conflicts", "list").out()).containsPattern("public\\.t +id=7 +update_update +latest");
        }
    }

    @Test
    void one_conflict_is_shown_with_its_versions_side_by_side() throws Exception {
        try (Pair pair = Pair.open()) {
            pair.both("CREATE TABLE t (id int PRIMARY KEY)");
            assertThat(pair.run("init", "--equal").exitCode()).isZero();
            pair.west(INSERT + FIRST + ", " + SECOND);
            Result shown = pair.run("conflicts", "show", "c1");
            assertThat(shown.exitCode()).isZero();
            assertThat(shown.out())
                    .containsPattern("COLUMN +BASE +LOST: east +KEPT: west")
                    .containsPattern("\\* +name +before +lost +kept")
                    .containsPattern("(?m)^ +same +NULL +NULL +NULL$");
            assertThat(pair.run("conflicts", "show", "c2").out()).contains("conflict c2 (open)");
            assertThat(pair.run("conflicts", "show", "c1", "--json")
                            .json()
                            .path("winner")
                            .asString())
                    .isEqualTo("west");
            Result unknown = pair.run("conflicts", "show", "c9");
            assertThat(unknown.exitCode()).isEqualTo(1);
            assertThat(unknown.err()).contains("no conflict 'c9'");
            assertThat(pair.run("conflicts", "show").exitCode()).isEqualTo(2);
            assertThat(pair.run("conflicts", "keep", "c1").err()).contains("--site SITE");
            assertThat(pair.run("conflicts", "keep", "c1").exitCode()).isEqualTo(2);
        }
    }
}
