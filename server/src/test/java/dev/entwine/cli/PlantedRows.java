package dev.entwine.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A table with a column of nearly every type, and differences to be planted in it: what the two sites are to hold in one column. */
final class PlantedRows {
    static final String TABLES = """
        CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
        CREATE TYPE pair_of AS (n numeric, t text);
        CREATE DOMAIN amount AS numeric;
        CREATE TABLE every (
            id bigint PRIMARY KEY, b boolean, s smallint, i integer, i2 integer, l bigint, l2 bigint, n numeric,
            n2 numeric(12,2), f double precision, g real, t text, t2 text, v varchar(40), c char(6), by bytea, d date,
            ts timestamp, tz timestamptz, ti time, tt timetz, iv interval, u uuid, j json, jb jsonb, x xml,
            a integer[], na numeric[], ta text[], pt point, ip inet, ci cidr, mac macaddr, bi bit(8), vb bit varying,
            ir int4range, nr numrange, tr tstzrange, mo mood, moa mood[], co pair_of, am amount, mon money, big text,
            bigb bytea, twice bigint GENERATED ALWAYS AS (id * 2) STORED);
        INSERT INTO every
        SELECT g, true, 7, 5, 6, 8, 9, 1.5, 2.25, 1.5, 2.5, 'text', 'other', 'varchar', 'char', '\\x01', '2021-02-03',
               '2021-02-03 04:05:06', '2021-02-03 04:05:06Z', '04:05:06', '04:05:06+01', '1 day',
               '3f2504e0-4f89-41d3-9a0c-0305e82c3301', '{"a":1}', '{"a":1}', '<a/>', '{1,2}', '{1.5}', '{a,b}', '(1,2)',
               '10.0.0.1', '10.0.0.0/8', '08:00:2b:01:02:03', '00000001', '101', '[1,3)', '[1.5,2]',
               '[2021-01-01 00:00Z,2021-01-02 00:00Z)', 'ok', '{sad,ok}', '(1.5,x)', 7.5, '12.34',
               (SELECT string_agg(md5(n::text), '') FROM generate_series(1, 400) n), decode(repeat('ab', 9000), 'hex')
        FROM generate_series(1, 300) g;
        CREATE TABLE parts (id integer, region text, v text, PRIMARY KEY (id, region)) PARTITION BY LIST (region);
        CREATE TABLE parts_n PARTITION OF parts FOR VALUES IN ('n');
        CREATE TABLE parts_s PARTITION OF parts FOR VALUES IN ('s');
        INSERT INTO parts SELECT g, CASE WHEN g % 2 = 0 THEN 'n' ELSE 's' END, 'v' || g FROM generate_series(1, 100) g;
        """;

    /** Column, value at east, value at west. */
    private static final String[][] VALUES = {
        {"b", "true", "false"},
        {"b", "true", null},
        {"s", "7", "-8"},
        {"s", "0", "1"},
        {"i", "0", "1"},
        {"i", "5", null},
        {"i", "2147483647", "-2147483648"},
        {"l", "-1", "4294967295"},
        {"l", "0", "4294967297"},
        {"l", "1", "3"},
        {"l", "9223372036854775807", "-9223372036854775808"},
        {"l", "0", null},
        {"n", "1.0", "1.00"},
        {"n", "0", "0.000"},
        {"n", "NaN", "0"},
        {"n", "12345678901234567890.1", "12345678901234567890.2"},
        {"n2", "1.00", "1.01"},
        {"f", "0", "-0"},
        {"f", "1", "1.0000000000000002"},
        {"f", "NaN", "Infinity"},
        {"g", "0", "-0"},
        {"g", "1", "1.0000001"},
        {"t", null, ""},
        {"t", "a", "a "},
        {"t", "A", "a"},
        {"t", "\u00e4", "a\u0308"},
        {"t", "line\n", "line"},
        {"v", null, ""},
        {"v", "NULL", null},
        {"c", "ab", "ac"},
        {"c", "", null},
        {"by", "\\x00", "\\x0000"},
        {"by", "\\x", null},
        {"d", "2021-01-01", "2021-01-02"},
        {"d", "infinity", "-infinity"},
        {"ts", "2021-02-03 04:05:06.000001", "2021-02-03 04:05:06.000002"},
        {"ts", "2021-02-03 04:05:06", "2021-02-03 05:05:06"},
        {"ts", "infinity", null},
        {"tz", "2021-02-03 04:05:06.5Z", "2021-02-03 04:05:06.500001Z"},
        {"tz", "9999-12-31 23:59:59.999999Z", "9999-12-31 23:59:59.999998Z"},
        {"tz", "2000-01-01 00:00:00Z", "2000-01-01 01:11:34.967297Z"},
        {"ti", "12:00:00.000001", "12:00:00.000002"},
        {"tt", "12:00:00+00", "13:00:00+01"},
        {"iv", "1 mon", "30 days"},
        {"iv", "24:00:00", "1 day"},
        {"u", "3f2504e0-4f89-41d3-9a0c-0305e82c3301", "3f2504e0-4f89-41d3-9a0c-0305e82c3300"},
        {"j", "{\"a\":1}", "{\"a\": 1}"},
        {"j", "null", null},
        {"jb", "{\"a\":1.0}", "{\"a\":1.00}"},
        {"jb", "{\"a\":null}", "{}"},
        {"jb", "{\"a\":\"1\"}", "{\"a\":1}"},
        {"x", "<a/>", "<a></a>"},
        {"a", "{1,2}", "[0:1]={1,2}"},
        {"a", "{1,2,3,4}", "{{1,2},{3,4}}"},
        {"a", "{1,NULL}", "{1}"},
        {"a", "{}", null},
        {"na", "{1.0}", "{1.00}"},
        {"ta", "{\"\"}", "{NULL}"},
        {"ta", "{\"a,b\"}", "{a,b}"},
        {"pt", "(1,2)", "(1,3)"},
        {"pt", "(0,0)", "(-0,0)"},
        {"ip", "10.0.0.1/32", "10.0.0.1/31"},
        {"ci", "10.0.0.0/8", "10.0.0.0/9"},
        {"mac", "08:00:2b:01:02:03", "08:00:2b:01:02:04"},
        {"bi", "00000001", "00000011"},
        {"vb", "0", "00"},
        {"ir", "[1,3)", "[1,4)"},
        {"ir", "empty", null},
        {"nr", "[1.0,2]", "[1.00,2]"},
        {"tr", "[2021-01-01 00:00Z,)", "[2021-01-01 00:00:00.000001Z,)"},
        {"mo", "sad", "happy"},
        {"moa", "{sad,ok}", "{ok,sad}"},
        {"co", "(1.0,x)", "(1.00,x)"},
        {"co", "(,x)", "(,)"},
        {"co", "(,)", null},
        {"am", "1.0", "1.00"},
        {"mon", "12.34", "12.35"},
    };

    private final Map<Long, String> expected = new LinkedHashMap<>();
    private final List<String> east = new ArrayList<>();
    private final List<String> west = new ArrayList<>();
    private long next = 1;

    PlantedRows() {
        for (String[] value : VALUES) {
            plant(value[0], value[1], value[2]);
        }
        large();
        swapped();
        missing();
    }

    private void plant(String column, @Nullable String atEast, @Nullable String atWest) {
        long id = take(column);
        east.add(set(id, column, atEast));
        west.add(set(id, column, atWest));
    }

    private long take(String what) {
        long id = next;
        next += 2; // untouched rows in between
        expected.put(id, what);
        return id;
    }

    private static String set(long id, String column, @Nullable String value) {
        return "UPDATE every SET " + column + " = " + (value == null ? "NULL" : "'" + value.replace("'", "''") + "'")
                + " WHERE id = " + id;
    }

    /** Values that are stored out of line: one character, one bit. */
    private void large() {
        east.add("UPDATE every SET big = overlay(big placing 'x' from 9000) WHERE id = " + take("big"));
        east.add("UPDATE every SET bigb = set_bit(bigb, 30001, 0) WHERE id = " + take("bigb"));
        east.add("UPDATE every SET bigb = bigb || '\\x00' WHERE id = " + take("bigb"));
    }

    /** Between two columns of one row, and between two rows. */
    private void swapped() {
        west.add("UPDATE every SET i = i2, i2 = i WHERE id = " + take("i i2"));
        west.add("UPDATE every SET l = l2, l2 = l WHERE id = " + take("l l2"));
        west.add("UPDATE every SET t = t2, t2 = t WHERE id = " + take("t t2"));
        west.add("UPDATE every SET l = 4294967295, l2 = 4294967295 WHERE id = " + next);
        east.add("UPDATE every SET l = -1, l2 = -1 WHERE id = " + take("l l2"));
        for (String column : List.of("t", "l", "u")) {
            String one = column.equals("u") ? "'00000000-0000-0000-0000-000000000001'" : "'1'";
            String two = column.equals("u") ? "'00000000-0000-0000-0000-000000000002'" : "'2'";
            long first = take(column);
            long second = take(column);
            east.add("UPDATE every SET " + column + " = CASE id WHEN " + first + " THEN " + one + " ELSE " + two
                    + " END::" + (column.equals("u") ? "uuid" : column.equals("l") ? "bigint" : "text")
                    + " WHERE id IN (" + first + ", " + second + ")");
            west.add("UPDATE every SET " + column + " = CASE id WHEN " + first + " THEN " + two + " ELSE " + one
                    + " END::" + (column.equals("u") ? "uuid" : column.equals("l") ? "bigint" : "text")
                    + " WHERE id IN (" + first + ", " + second + ")");
        }
    }

    private void missing() {
        for (int i = 0; i < 6; i++) {
            east.add("DELETE FROM every WHERE id = " + take("missing at east"));
            west.add("DELETE FROM every WHERE id = " + take("missing at west"));
        }
        expected.put(100_000L, "missing at west");
        east.add("INSERT INTO every (id) VALUES (100000)");
        expected.put(-5L, "missing at east");
        west.add("INSERT INTO every (id) VALUES (-5)");
    }

    /** By the row's id: the columns that differ, with blanks between them, or where it is missing. */
    Map<Long, String> expected() {
        return expected;
    }

    /** What plants them at a site, unseen by the engine. */
    String sql(String site) {
        return unseen(site.equals("east") ? east : west);
    }

    /** The log shows what follows as the engine's own, so that nobody carries it over. */
    static String unseen(List<String> statements) {
        return "BEGIN; SELECT pg_logical_emit_message(true, 'entwine', 'apply'); " + String.join("; ", statements)
                + "; COMMIT";
    }
}
