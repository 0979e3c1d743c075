package dev.entwine.db;

/** The statements of {@link RelationReader}. Each row begins with the relation's oid. */
final class RelationQueries {
    /** Ours, the server's and those of extensions are not the user's; a partition belongs to its root. */
    private static final String OF_THE_USER = """
        c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition AND c.relpersistence <> 't'
          AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'entwine')
          AND NOT EXISTS (SELECT FROM pg_depend e
                          WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
        """;

    static final String RELATIONS = """
        SELECT c.oid, n.nspname, c.relname, c.relkind, c.relpersistence, c.relreplident,
               pg_get_userbyid(c.relowner) AS owner, pg_has_role(c.relowner, 'USAGE') AS as_owner,
               has_schema_privilege(n.oid, 'USAGE') AS schema_usage,
               ARRAY(SELECT p FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) p
                     WHERE NOT has_table_privilege(c.oid, p)) AS missing,
               row_security_active(c.oid) AS filtered,
               NOT c.relispartition AND EXISTS (
                   SELECT FROM pg_inherits i
                   WHERE (i.inhparent = c.oid AND c.relkind <> 'p') OR i.inhrelid = c.oid) AS inherits,
               ARRAY(SELECT l.oid::regclass::text FROM pg_partition_tree(c.oid) t JOIN pg_class l ON l.oid = t.relid
                     WHERE c.relkind = 'p' AND l.relreplident IN ('n', 'i')) AS too_narrow,
               CASE WHEN c.relkind = 'p' THEN
                   ARRAY(SELECT l.oid::regclass::text FROM pg_partition_tree(c.oid) t JOIN pg_class l ON l.oid = t.relid
                         WHERE t.isleaf AND l.relreplident <> 'f')
               WHEN c.relkind = 'r' AND c.relreplident <> 'f' THEN ARRAY[format('%I.%I', n.nspname, c.relname)]
               ELSE ARRAY[]::text[] END AS not_full,
               coalesce(pg_relation_size(nullif(c.reltoastrelid, 0)), 0) > 0 OR EXISTS (
                   SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                     AND a.atttypid IN ('bytea'::regtype, 'json'::regtype, 'jsonb'::regtype, 'xml'::regtype))
                 AS large_values,
               ARRAY(SELECT s.subname::text FROM pg_subscription_rel r JOIN pg_subscription s ON s.oid = r.srsubid
                     WHERE r.srrelid = c.oid ORDER BY 1) AS subscriptions
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE
        """ + OF_THE_USER;

    /**
     * Whether a column that may be part of a key has a type of whose equal values the text can differ in ways that the reader of the log
     * does not undo: the type itself, or a type inside that of an array, range, composite or domain.
     */
    private static final String AMBIGUOUS = """
        a.attnotnull AND EXISTS (
          WITH RECURSIVE part(oid, coll, nested) AS (
            SELECT a.atttypid, 0::oid, false
            UNION
            SELECT inside.oid, inside.coll, inside.nested
            FROM part p JOIN pg_type t ON t.oid = p.oid CROSS JOIN LATERAL (
              SELECT t.typbasetype AS oid, 0::oid AS coll, p.nested WHERE t.typtype = 'd'
              UNION ALL SELECT t.typelem, t.typcollation, true WHERE t.typcategory = 'A'
              UNION ALL SELECT f.atttypid, f.attcollation, true FROM pg_attribute f
                        WHERE f.attrelid = t.typrelid AND f.attnum > 0 AND NOT f.attisdropped AND t.typtype = 'c'
              UNION ALL SELECT g.rngsubtype, g.rngcollation, true FROM pg_range g WHERE g.rngtypid = t.oid
              UNION ALL SELECT g.rngtypid, 0::oid, true FROM pg_range g WHERE g.rngmultitypid = t.oid) inside)
          SELECT FROM part p JOIN pg_type t ON t.oid = p.oid LEFT JOIN pg_collation l ON l.oid = p.coll
          WHERE t.typname IN ('jsonb', 'hstore', 'cube', 'record') OR NOT coalesce(l.collisdeterministic, true)
             OR (p.nested AND t.typname IN ('numeric', 'float4', 'float8', 'bpchar', 'interval', 'citext')))
        """;

    static final String COLUMNS = """
        SELECT a.attrelid AS oid, a.attname, format_type(a.atttypid, a.atttypmod) AS type,
               coalesce((SELECT string_agg(e.enumlabel, ',' ORDER BY e.enumsortorder) FROM pg_enum e
                         WHERE e.enumtypid = a.atttypid), '') AS labels,
               a.attnotnull, a.attgenerated <> '' AS generated, a.attidentity,
               coalesce((SELECT l.collisdeterministic FROM pg_collation l WHERE l.oid = a.attcollation), true)
                 AS deterministic,
        """ + AMBIGUOUS + """
                 AS ambiguous
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE a.attnum > 0 AND NOT a.attisdropped AND
        """ + OF_THE_USER + " ORDER BY a.attrelid, a.attnum";

    static final String INDEXES = """
        SELECT i.indrelid AS oid, x.relname AS name, i.indisprimary, i.indisreplident, i.indimmediate,
               i.indpred IS NOT NULL AS partial, i.indexprs IS NOT NULL AS expressions,
               ARRAY(SELECT a.attname::text FROM unnest(i.indkey) WITH ORDINALITY k(number, place)
                     JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number
                     WHERE k.place <= i.indnkeyatts ORDER BY k.place) AS columns
        FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_class c ON c.oid = i.indrelid
             JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE i.indisunique AND i.indisvalid AND
        """ + OF_THE_USER + " ORDER BY i.indrelid, x.relname";

    static final String FOREIGN_KEYS = """
        SELECT o.conrelid AS oid, o.conname, pn.nspname AS schema, p.relname AS name,
               ARRAY(SELECT a.attname::text FROM unnest(o.conkey) WITH ORDINALITY k(number, place)
                     JOIN pg_attribute a ON a.attrelid = o.conrelid AND a.attnum = k.number ORDER BY k.place) AS columns,
               ARRAY(SELECT a.attname::text FROM unnest(o.confkey) WITH ORDINALITY k(number, place)
                     JOIN pg_attribute a ON a.attrelid = o.confrelid AND a.attnum = k.number ORDER BY k.place)
                 AS parent_columns
        FROM pg_constraint o JOIN pg_class p ON p.oid = o.confrelid JOIN pg_namespace pn ON pn.oid = p.relnamespace
             JOIN pg_class c ON c.oid = o.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE o.contype = 'f' AND
        """ + OF_THE_USER + " ORDER BY o.conrelid, o.conname";

    static final String SEQUENCES = """
        SELECT d.refobjid AS oid, sn.nspname AS schema, s.relname AS name, a.attname, q.seqincrement,
               has_sequence_privilege(s.oid, 'SELECT') AND has_schema_privilege(sn.oid, 'USAGE') AS visible
        FROM pg_sequence q JOIN pg_class s ON s.oid = q.seqrelid JOIN pg_namespace sn ON sn.oid = s.relnamespace
             JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = s.oid
                             AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
             JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
             JOIN pg_class c ON c.oid = d.refobjid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE
        """ + OF_THE_USER + " ORDER BY d.refobjid, d.refobjsubid";

    /** Where one sequence is; there is no one place that says it of all. To be completed with the quoted name. */
    static final String SEQUENCE_PLACE = "SELECT CASE WHEN is_called THEN last_value ELSE last_value - %d END FROM %s";

    private RelationQueries() {}
}
