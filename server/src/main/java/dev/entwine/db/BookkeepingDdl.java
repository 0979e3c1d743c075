package dev.entwine.db;

/**
 * The layout of our schema. A change here, or in the form of what the engine writes into it, needs a new
 * {@link Bookkeeping#SCHEMA_VERSION}.
 */
final class BookkeepingDdl {
    /** By which our publication is known from one that only has the same name. */
    static final String COMMENT = "Entwine: the synchronized tables; removed by 'entwine remove'";

    /** Rows that are updated all the time leave room on their page, so that an update stays on it and no index grows. */
    static final String SCHEMA = """
        CREATE SCHEMA entwine;
        COMMENT ON SCHEMA entwine IS 'Entwine: progress, lease and conflict journal; removed by "entwine remove"';

        CREATE TABLE entwine.meta (
            site text NOT NULL,
            set_id uuid NOT NULL,
            incarnation uuid NOT NULL,
            system_identifier text NOT NULL,
            timeline text NOT NULL,
            schema_version int NOT NULL,
            initialized boolean NOT NULL,
            anew text,
            created_at timestamptz NOT NULL);
        CREATE UNIQUE INDEX meta_one_row ON entwine.meta ((true));

        CREATE TABLE entwine.unknown_table (
            table_schema text,
            table_name text,
            PRIMARY KEY (table_schema, table_name));

        CREATE TABLE entwine.lease (
            "only" boolean PRIMARY KEY DEFAULT true CHECK ("only"),
            epoch bigint NOT NULL DEFAULT 0,
            holder text,
            host text,
            acquired_at timestamptz,
            renewed_at timestamptz,
            known jsonb,
            spread jsonb,
            status jsonb) WITH (fillfactor = 50);

        CREATE TABLE entwine.progress (
            source text PRIMARY KEY,
            position pg_lsn NOT NULL,
            stamp bigint NOT NULL DEFAULT 0) WITH (fillfactor = 50);

        CREATE TABLE entwine.conflict (
            id text PRIMARY KEY,
            at timestamptz NOT NULL,
            table_schema text NOT NULL,
            table_name text NOT NULL,
            row_id text NOT NULL,
            key jsonb NOT NULL,
            kind text NOT NULL,
            policy text NOT NULL,
            status text NOT NULL DEFAULT 'decided',
            winner text NOT NULL,
            vector text NOT NULL,
            stamp bigint NOT NULL,
            operation text NOT NULL,
            losers jsonb NOT NULL,
            base jsonb,
            result jsonb,
            transactions jsonb,
            reason text NOT NULL DEFAULT '',
            revisions jsonb NOT NULL DEFAULT '[]',
            finished boolean NOT NULL DEFAULT false);
        CREATE INDEX conflict_unfinished ON entwine.conflict (row_id) WHERE NOT finished;
        CREATE INDEX conflict_at ON entwine.conflict (at);
        CREATE INDEX conflict_row ON entwine.conflict (row_id);

        CREATE TABLE entwine.merged (
            row_id text PRIMARY KEY,
            table_schema text NOT NULL,
            table_name text NOT NULL,
            key jsonb NOT NULL,
            vector text NOT NULL,
            heads jsonb NOT NULL,
            finished boolean NOT NULL DEFAULT false);
        CREATE INDEX merged_unfinished ON entwine.merged (row_id) WHERE NOT finished;

        CREATE TABLE entwine.parked (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            row_id text,
            table_schema text NOT NULL,
            table_name text NOT NULL,
            key jsonb,
            source text NOT NULL,
            position pg_lsn NOT NULL,
            operation text NOT NULL,
            image jsonb,
            sqlstate text,
            error text NOT NULL,
            at timestamptz NOT NULL DEFAULT now());
        CREATE INDEX parked_row ON entwine.parked (row_id);

        CREATE TABLE entwine.held (
            position pg_lsn PRIMARY KEY,
            guards text[] NOT NULL,
            what text NOT NULL,
            held_at timestamptz NOT NULL,
            allowed_through pg_lsn,
            allowed_at timestamptz,
            allowed_by text);

        CREATE TABLE entwine.rekeyed (
            number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            table_schema text NOT NULL,
            table_name text NOT NULL,
            old_id text NOT NULL,
            new_id text NOT NULL,
            reason text NOT NULL,
            since pg_lsn NOT NULL,
            position pg_lsn NOT NULL,
            transaction bigint NOT NULL,
            epoch bigint NOT NULL,
            request bigint NOT NULL,
            at timestamptz NOT NULL DEFAULT now());
        CREATE INDEX rekeyed_old ON entwine.rekeyed (table_name, old_id);
        CREATE INDEX rekeyed_new ON entwine.rekeyed (table_name, new_id);

        CREATE TABLE entwine.verified (
            table_schema text,
            table_name text,
            proven_from timestamptz,
            proven_at timestamptz,
            rows bigint NOT NULL,
            unnamed bigint NOT NULL,
            not_judged bigint NOT NULL,
            trouble text NOT NULL,
            walk_from timestamptz,
            walk_key text[],
            walk_rows bigint NOT NULL,
            saved_at timestamptz NOT NULL,
            PRIMARY KEY (table_schema, table_name)) WITH (fillfactor = 50);

        CREATE TABLE entwine.difference (
            row_id text PRIMARY KEY,
            table_schema text NOT NULL,
            table_name text NOT NULL,
            key_columns text[] NOT NULL,
            key text[] NOT NULL,
            columns text[] NOT NULL,
            missing_at text[] NOT NULL,
            found_at timestamptz NOT NULL);

        CREATE TABLE entwine.copy (
            source text NOT NULL,
            table_schema text NOT NULL,
            table_name text NOT NULL,
            writer xid NOT NULL,
            rows bigint NOT NULL,
            first_block bigint,
            end_block bigint);
        CREATE INDEX copy_writer ON entwine.copy USING hash (writer);

        CREATE TABLE entwine.initial (
            log_begin pg_lsn NOT NULL,
            lot bigint NOT NULL,
            micros bigint NOT NULL,
            add_sums boolean NOT NULL,
            table_schema text NOT NULL,
            table_name text NOT NULL,
            key text[] NOT NULL,
            columns text[] NOT NULL,
            cells text[]);
        """;

    /** Positions of a log that is not read on are no places in any other, and ids that were changed before are in the rows now. */
    static final String BEGIN_ANEW = """
        DELETE FROM entwine.progress;
        DELETE FROM entwine.merged;
        DELETE FROM entwine.initial;
        DELETE FROM entwine.held;
        DELETE FROM entwine.verified;
        DELETE FROM entwine.difference;
        UPDATE entwine.conflict SET finished = true WHERE NOT finished;
        UPDATE entwine.rekeyed SET position = '0/0' WHERE position > '0/0';
        UPDATE entwine.lease SET known = NULL, status = NULL;
        """;

    private BookkeepingDdl() {}
}
