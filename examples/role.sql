-- The role that Entwine connects as, with the rights that it needs. Run it at every site as a superuser, after shop.sql:
--   psql "postgresql://postgres@$EAST/shop" -v ON_ERROR_STOP=1 -v password="'$EAST_PASSWORD'" -f examples/role.sql
-- PostgreSQL 15 and later; before, only a superuser may set session_replication_role.

CREATE ROLE entwine LOGIN REPLICATION PASSWORD :password;
GRANT SET ON PARAMETER session_replication_role TO entwine;

SELECT format('GRANT CREATE ON DATABASE %I TO entwine', current_database()) \gexec

GRANT USAGE ON SCHEMA shop TO entwine;

-- A table can be published by its owner alone: Entwine gets the owner's rights, and with them those to read and write.
SELECT DISTINCT format('GRANT %I TO entwine', tableowner) FROM pg_tables WHERE schemaname = 'shop' \gexec

-- Without these everything works too, but the servers send the engine its own rows back.
GRANT EXECUTE ON FUNCTION pg_replication_origin_create(text), pg_replication_origin_drop(text),
    pg_replication_origin_session_setup(text), pg_replication_origin_session_reset() TO entwine;
