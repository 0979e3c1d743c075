package dev.entwine.apply;

/** The statements of {@link TargetConstraints}. */
final class ConstraintQueries {
    /**
     * Of one table: what gives a value to one row alone. The operator is the constraint's own, or that of equality in the index's
     * operator class. What an expression is about, the server keeps as dependencies.
     */
    static final String CLAIMS = """
        SELECT x.relname, coalesce((to_jsonb(i) ->> 'indnullsnotdistinct')::bool, false),
               pg_get_expr(i.indpred, i.indrelid),
               ARRAY(SELECT pg_get_indexdef(i.indexrelid, k, true) FROM generate_series(1, i.indnkeyatts) k ORDER BY k),
               ARRAY(SELECT coalesce((SELECT format(' COLLATE %I.%I', cn.nspname, l.collname) FROM pg_collation l
                                      JOIN pg_namespace cn ON cn.oid = l.collnamespace
                                      WHERE l.oid = i.indcollation[k - 1] AND l.collname <> 'default'), '')
                            || (SELECT format(' OPERATOR(%I.%s) ', n.nspname, o.oprname)
                                FROM pg_operator o JOIN pg_namespace n ON n.oid = o.oprnamespace
                                WHERE o.oid = coalesce(
                                    (SELECT e.conexclop[k] FROM pg_constraint e
                                     WHERE e.conindid = i.indexrelid AND e.conrelid = i.indrelid AND e.contype = 'x'),
                                    (SELECT m.amopopr FROM pg_opclass c JOIN pg_amop m ON m.amopfamily = c.opcfamily
                                            AND m.amoplefttype = c.opcintype AND m.amoprighttype = c.opcintype
                                            AND m.amopstrategy = 3
                                     WHERE c.oid = i.indclass[k - 1])))
                     FROM generate_series(1, i.indnkeyatts) k ORDER BY k),
               ARRAY(SELECT DISTINCT a.attname::text FROM pg_attribute a
                     WHERE a.attrelid = i.indrelid AND a.attnum > 0
                       AND (a.attnum = ANY (i.indkey)
                            OR EXISTS (SELECT FROM pg_depend d
                                       WHERE d.classid = 'pg_class'::regclass AND d.objid = i.indexrelid
                                         AND d.refclassid = 'pg_class'::regclass AND d.refobjid = i.indrelid
                                         AND d.refobjsubid = a.attnum)
                            OR EXISTS (SELECT FROM pg_constraint e JOIN pg_depend d ON d.objid = e.oid
                                       WHERE e.conindid = i.indexrelid AND d.classid = 'pg_constraint'::regclass
                                         AND d.refclassid = 'pg_class'::regclass AND d.refobjid = i.indrelid
                                         AND d.refobjsubid = a.attnum)))
        FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid
        WHERE i.indrelid = ?::regclass AND i.indisvalid AND (i.indisunique OR i.indisexclusion)
        ORDER BY x.relname
        """;

    /** Of one table: what its rows refer to. */
    static final String REFERENCES = """
        SELECT o.conname, n.nspname, p.relname,
               ARRAY(SELECT a.attname::text FROM unnest(o.conkey) WITH ORDINALITY k(number, place)
                     JOIN pg_attribute a ON a.attrelid = o.conrelid AND a.attnum = k.number ORDER BY k.place),
               ARRAY(SELECT a.attname::text FROM unnest(o.confkey) WITH ORDINALITY k(number, place)
                     JOIN pg_attribute a ON a.attrelid = o.confrelid AND a.attnum = k.number ORDER BY k.place),
               ARRAY(SELECT format(' OPERATOR(%I.%s) ', s.nspname, e.oprname)
                     FROM unnest(o.conpfeqop) WITH ORDINALITY k(operator, place)
                     JOIN pg_operator e ON e.oid = k.operator JOIN pg_namespace s ON s.oid = e.oprnamespace
                     ORDER BY k.place),
               p.relkind = 'p'
        FROM pg_constraint o JOIN pg_class p ON p.oid = o.confrelid JOIN pg_namespace n ON n.oid = p.relnamespace
        WHERE o.conrelid = ?::regclass AND o.contype = 'f' AND o.conparentid = 0
        ORDER BY o.conname
        """;

    private ConstraintQueries() {}
}
