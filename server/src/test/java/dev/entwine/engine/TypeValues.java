package dev.entwine.engine;

import java.util.ArrayList;
import java.util.List;

/**
 * The types of PostgreSQL with the values that are easily harmed on the way: extremes, what a type counts as equal and prints
 * differently, what programs in the middle have no value for.
 *
 * @param type     as a column is declared
 * @param since    the first major version that has all of the values
 * @param isKey    whether a primary key may be of it
 * @param literals SQL expressions; the values are different, as the type sees it, where it may be a key
 */
record TypeValues(String type, int since, boolean isKey, List<String> literals) {
    /** What some of the types need. */
    static final String PRELUDE = """
        CREATE EXTENSION citext; CREATE EXTENSION hstore; CREATE EXTENSION ltree; CREATE EXTENSION cube;
        CREATE TYPE mood AS ENUM ('sad', 'it''s "ok"', 'glad');
        CREATE TYPE pair AS (a int, b text, c timestamptz[]);
        CREATE DOMAIN positive AS int CHECK (VALUE > 0);
        CREATE DOMAIN small AS positive CHECK (VALUE < 1000);
        CREATE TYPE spans AS RANGE (subtype = float8);
        CREATE COLLATION nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
        """;

    private static final List<TypeValues> ALL = new ArrayList<>();

    static {
        key("smallint", "-32768", "0", "32767");
        key("integer", "-2147483648", "0", "2147483647");
        key("bigint", "-9223372036854775808", "0", "9223372036854775807");
        key("oid", "'0'", "'4294967295'");
        key(
                "numeric",
                "'NaN'",
                "'Infinity'",
                "'-Infinity'",
                "1.0",
                "repeat('9', 131072)::numeric",
                "-(10::numeric ^ -16383)",
                "0.00");
        plain("numeric", "1.00", "1.000", "1", "-0.0", "1e-20");
        plain("numeric(10,2)", "99999999.99", "-0.01");
        since(15, "numeric(3,-2)", "12300", "-99900");
        since(15, "numeric(3,5)", "0.00999", "-0.00001");
        key("real", "'NaN'", "'Infinity'", "'-Infinity'", "1e-45", "3.4028235e38", "0.1", "'-0'");
        key(
                "double precision",
                "'NaN'",
                "'-Infinity'",
                "4.9e-324",
                "1.7976931348623157e308",
                "0.1::float8 + 0.2",
                "'-0'");
        plain("double precision", "'0'", "'-0'");
        plain("money", "'-92233720368547758.08'", "'92233720368547758.07'", "'0'");
        key(
                "text",
                "''",
                "' '",
                "'NULL'",
                "'null'",
                "E'\\\\N'",
                "E'a\\tb\\r\\nc\\x01'",
                "U&'e\\0301'",
                "U&'\\00e9'",
                "'😀 שלום, \"{}\\ '''",
                "'a' || chr(65533)");
        plain(
                "text",
                "repeat('x', 200000)",
                "repeat('🙂', 3000)",
                "(SELECT string_agg(md5(i::text), '') FROM generate_series(1, 10000) i)");
        key("varchar(5)", "'abc  '", "'abc'", "'🙂🙂🙂🙂🙂'", "''");
        key("char(5)", "'abc'", "'    x'", "''");
        plain("char(5)", "'abc  '", "'🙂'");
        key("name", "repeat('é', 31)", "'x'");
        key("\"char\"", "'a'", "''", "'\\'");
        key("citext", "'A'", "'b'");
        plain("citext", "'a'", "'A'");
        plain("text COLLATE nocase", "'a'", "'A'", "'é'", "'É'");
        key(
                "bytea",
                "''",
                "'\\x00'",
                "(SELECT decode(string_agg(lpad(to_hex(i), 2, '0'), ''), 'hex') FROM generate_series(0, 255) i)");
        plain("bytea", "decode(repeat('00ff', 100000), 'hex')");
        key(
                "date",
                "'infinity'",
                "'-infinity'",
                "'4713-01-01 BC'",
                "'0044-03-15 BC'",
                "'5874897-12-31'",
                "'1582-10-10'");
        key(
                "timestamp",
                "'infinity'",
                "'-infinity'",
                "'294276-12-31 23:59:59.999999'",
                "'4713-01-01 00:00:00 BC'",
                "'2026-03-29 02:30:00.000001'");
        key(
                "timestamptz",
                "'infinity'",
                "'-infinity'",
                "'294276-12-31 23:59:59.999999+00'",
                "'4713-01-01 00:00:00+00 BC'",
                "'2026-10-25 02:30:00+01'",
                "'2026-10-25 02:30:00+02'");
        key("time", "'00:00:00'", "'24:00:00'", "'23:59:59.999999'");
        key("timetz", "'24:00:00+15:59'", "'00:00:00-15:59:59'", "'12:00:00+02'");
        plain("timetz", "'12:00:00+02'", "'11:00:00+01'");
        key("interval", "'1 mon'", "'-178000000 years'", "'1 year -1 day +00:00:00.000001'", "'-00:00:01'");
        plain("interval", "'1 mon'", "'30 days'", "'720:00:00'");
        since(17, "interval", "'infinity'", "'-infinity'");
        key("boolean", "true", "false");
        key("bit(3)", "B'101'", "B'000'");
        key("bit varying", "B''", "repeat('10', 41)::varbit", "B'1'");
        key("mood", "'sad'", "'it''s \"ok\"'", "'glad'");
        key("uuid", "'00000000-0000-0000-0000-000000000000'", "'ffffffff-ffff-ffff-ffff-ffffffffffff'");
        key("inet", "'192.168.0.1/24'", "'::ffff:1.2.3.4'", "'192.168.0.1'", "'fe80::1/10'");
        key("cidr", "'10.0.0.0/8'", "'::/0'");
        key("macaddr", "'08:00:2b:01:02:03'", "'00:00:00:00:00:00'");
        key("macaddr8", "'08:00:2b:01:02:03:04:05'", "'ff:ff:ff:ff:ff:ff:ff:ff'");
        plain(
                "json",
                "'{\"b\":  1, \"a\":2, \"a\" :3}'",
                "'\"\\u0000\"'",
                "'1E400'",
                "(repeat('[', 5000) || repeat(']', 5000))::json");
        plain("jsonb", "'{\"b\": 1.00, \"a\": null}'", "'null'", "'\"\"'", "'1e400'");
        plain("xml", "'<a b=\"c\">&lt;é<!-- x --></a>'", "'text only'");
        plain("point", "'(1.5,-0)'", "'(NaN,Infinity)'");
        plain("line", "'{1,-1,0}'");
        plain("lseg", "'[(0,0),(1,1e-300)]'");
        plain("box", "'(0,0),(2,1)'", "'(2,1),(0,0)'");
        plain("path", "'[(0,0),(1,1)]'", "'((0,0),(1,1))'");
        plain("polygon", "'((0,0),(1,1),(2,0))'");
        plain("circle", "'<(1,2),3>'");
        key("tsvector", "'a:1A b:2'", "''");
        key("tsquery", "'a & !b:*'", "'a <-> b'");
        plain("jsonpath", "'$.a[*] ? (@ > 1)'");
        key("pg_lsn", "'0/0'", "'FFFFFFFF/FFFFFFFF'");
        plain("hstore", "'a=>NULL, \"b \\\"c\"=>\"\"'", "''");
        key("ltree", "'Top.Science'", "''");
        plain("cube", "'(1,2),(3,4)'", "'(-0)'");
        key("positive", "1", "2147483647");
        key("small", "1", "999");
        key("pair", "ROW(1, 'x \"y\", (z)', '{infinity,NULL}')::pair", "ROW(NULL, '', '{}')::pair");
        plain("pair", "ROW(NULL, NULL, NULL)::pair", "ROW(1, 'NULL', '{-infinity}')::pair");
        key("int4range", "'empty'", "'[1,5)'", "'(,)'", "'[7,7]'");
        plain("numrange", "'[1.0,2.00)'", "'(,-Infinity]'");
        plain("tstzrange", "'[-infinity,infinity]'", "'[2026-01-01 00:00+00,)'", "'empty'");
        plain("daterange", "'[4713-01-01 BC,infinity)'");
        plain("spans", "'[-0,0.1]'", "'(NaN,]'");
        key("int4multirange", "'{}'", "'{[1,3),[7,9)}'");
        plain("tstzmultirange", "'{[2026-01-01 00:00+00,2026-01-02 00:00+00),(,2020-01-01 00:00+00)}'");
        key("int[]", "'{}'", "'{1,NULL,3}'", "'[-3:-2]={7,8}'", "'{{1,2},{3,4}}'");
        key("text[]", "'{}'", "ARRAY['', 'NULL', NULL, 'a,b', '{\"}', E'\\\\']", "'[0:1][5:6]={{a,b},{c,d}}'");
        plain("pair[]", "ARRAY[ROW(1, 'a\"b', '{2026-01-01}'), NULL]::pair[]");
        plain("small[]", "'{1,999}'");
        plain("bytea[]", "ARRAY['\\x00ff'::bytea, '', NULL]");
        plain("timestamptz[]", "'{infinity,\"2026-10-25 02:30:00+01\"}'");
        plain("mood[]", "ARRAY['it''s \"ok\"', 'sad']::mood[]");
        plain("int4range[]", "'{\"[1,3)\",empty}'");
    }

    TypeValues {
        literals = List.copyOf(literals);
    }

    private static void key(String type, String... literals) {
        ALL.add(new TypeValues(type, 14, true, List.of(literals)));
    }

    private static void plain(String type, String... literals) {
        since(14, type, literals);
    }

    private static void since(int version, String type, String... literals) {
        ALL.add(new TypeValues(type, version, false, List.of(literals)));
    }

    /** Those that a version has. */
    static List<TypeValues> of(int major) {
        return ALL.stream().filter(type -> type.since() <= major).toList();
    }
}
