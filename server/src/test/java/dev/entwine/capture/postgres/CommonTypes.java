package dev.entwine.capture.postgres;

import dev.entwine.model.Table;
import dev.entwine.model.TableId;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** A table with a column of each common type, and the text in which each value must arrive. */
final class CommonTypes {
    /** By type: the literal that is written. */
    private static final Map<String, String> VALUES = new LinkedHashMap<>();

    /** By type: the text that is read. */
    private static final Map<String, String> EXPECTED = new LinkedHashMap<>();

    /** Settings of a role that would each change a text or end the session. */
    static final List<String> HOSTILE = List.of(
            "datestyle = 'German'",
            "intervalstyle = 'iso_8601'",
            "timezone = 'Asia/Kolkata'",
            "extra_float_digits = -10",
            "bytea_output = 'escape'",
            "lc_monetary = 'C.UTF-8'",
            "search_path = public",
            "statement_timeout = '10ms'",
            "lock_timeout = '10ms'",
            "idle_in_transaction_session_timeout = '10ms'",
            "idle_session_timeout = '10ms'",
            "default_transaction_read_only = on",
            "default_transaction_isolation = 'serializable'",
            "row_security = on",
            "session_replication_role = 'replica'",
            "xmlbinary = 'hex'",
            "quote_all_identifiers = on",
            "standard_conforming_strings = off",
            "client_encoding = 'LATIN1'");

    static {
        same("smallint", "-32768");
        same("integer", "2147483647");
        same("bigint", "-9223372036854775808");
        same("numeric", "12345678901234567890.12345678900");
        same("numeric(10,2)", "3.10");
        put("real", "0.1", "0.1");
        put("double precision", "0.1::float8 + 0.2", "0.30000000000000004");
        put("boolean", "true", "t");
        same("text", "Zürich, \"quoted\", \\backslash, €, 😀");
        same("varchar(20)", "abc ");
        put("char(5)", "'ab'", "ab   ");
        put("bytea", "'\\x00ff10'", "\\x00ff10");
        put("date", "'2026-02-03'", "2026-02-03");
        put("time", "'04:05:06.789'", "04:05:06.789");
        put("timetz", "'04:05:06+02'", "04:05:06+02");
        put("timestamp", "'2026-02-03 04:05:06.123456'", "2026-02-03 04:05:06.123456");
        put("timestamptz", "'2026-02-03 04:05:06.123456+02'", "2026-02-03 02:05:06.123456+00");
        put("interval", "'1 year 2 mons -3 days 04:05:06.7'", "1 year 2 mons -3 days +04:05:06.7");
        same("uuid", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11");
        same("json", "{\"a\":  [1.0, null]}");
        put("jsonb", "'{\"b\":1.00,\"a\":null}'", "{\"a\": null, \"b\": 1.00}");
        put("xml", "'<a>1</a>'", "<a>1</a>");
        put("inet", "'192.168.0.1/24'", "192.168.0.1/24");
        put("cidr", "'10.0.0.0/8'", "10.0.0.0/8");
        put("macaddr", "'08:00:2b:01:02:03'", "08:00:2b:01:02:03");
        put("money", "'1234.50'", "$1,234.50");
        put("bit varying", "B'10101'", "10101");
        put("point", "'(1.5,2)'", "(1.5,2)");
        put("int[]", "'{1,NULL,3}'", "{1,NULL,3}");
        put("text[]", "ARRAY['a,b', 'c\"d', NULL, '']", "{\"a,b\",\"c\\\"d\",NULL,\"\"}");
        put("int4range", "'[1,5)'", "[1,5)");
        put("tstzrange", "'[2026-01-01 00:00+00,)'", "[\"2026-01-01 00:00:00+00\",)");
        put("tsvector", "'a:1 b:2'", "'a':1 'b':2");
        put("regclass", "'public.types'", "public.types");
        put("mood", "'glad'", "glad");
        put("pair", "ROW(1, 'x y')", "(1,\"x y\")");
        put("positive", "5", "5");
    }

    static final Table TABLE = new Table(
            new TableId("public", "types"),
            Stream.concat(Stream.of("id"), VALUES.keySet().stream().map(CommonTypes::column))
                    .toList(),
            List.of(0));

    private CommonTypes() {}

    private static void put(String type, String literal, String expected) {
        VALUES.put(type, literal);
        EXPECTED.put(type, expected);
    }

    private static void same(String type, String text) {
        put(type, "'" + text + "'", text);
    }

    private static String column(String type) {
        return "of " + type;
    }

    /** By column. */
    static Map<String, String> expected() {
        Map<String, String> expected = new LinkedHashMap<>();
        EXPECTED.forEach((type, text) -> expected.put(column(type), text));
        return expected;
    }

    static String createTable() {
        StringBuilder sql = new StringBuilder("CREATE TYPE mood AS ENUM ('sad', 'glad');"
                + " CREATE TYPE pair AS (a int, b text); CREATE DOMAIN positive AS int CHECK (VALUE > 0);"
                + " CREATE TABLE types (id int PRIMARY KEY");
        VALUES.keySet()
                .forEach(type ->
                        sql.append(", \"").append(column(type)).append("\" ").append(type));
        return sql.append(")").toString();
    }

    static String insert() {
        return "INSERT INTO types VALUES (1, " + String.join(", ", VALUES.values()) + ")";
    }
}
