-- Each row carries the tag of the write that made its version; the key is always id.
CREATE TABLE register (id int PRIMARY KEY, tag text NOT NULL, v text, w text);
-- Deleted and made again, over and over.
CREATE TABLE reborn (id int PRIMARY KEY, tag text NOT NULL, v text);
-- Half of the updates leave the body as it is, so that the log leaves it out.
CREATE TABLE big (id int PRIMARY KEY, tag text NOT NULL, n int, body text);
ALTER TABLE big ALTER body SET STORAGE EXTERNAL;
CREATE TABLE tally (id int PRIMARY KEY, tag text NOT NULL, n bigint NOT NULL);
-- Only inserted: each row names another one that its writer had found.
CREATE TABLE chain (id text PRIMARY KEY, tag text NOT NULL, cause text, made timestamptz NOT NULL DEFAULT clock_timestamp());
CREATE INDEX chain_made ON chain (made);
-- All rows of a group are written together, with one tag, at one site.
CREATE TABLE group_a (id text PRIMARY KEY, g text NOT NULL, tag text NOT NULL, v text);
CREATE TABLE group_b (id text PRIMARY KEY, g text NOT NULL, tag text NOT NULL, v text);
CREATE TABLE group_c (id text PRIMARY KEY, g text NOT NULL, tag text NOT NULL, v text);
CREATE TABLE person (id int PRIMARY KEY, tag text NOT NULL, name text UNIQUE);
CREATE TABLE parent (id int PRIMARY KEY, tag text NOT NULL, v text);
CREATE TABLE child (id text PRIMARY KEY, tag text NOT NULL, parent int REFERENCES parent);
CREATE INDEX child_parent ON child (parent);

INSERT INTO register SELECT i, 'first', 'v', 'w' FROM generate_series(1, 40) i;
INSERT INTO reborn SELECT i, 'first', 'v' FROM generate_series(1, 8) i;
INSERT INTO big SELECT i, 'first', 0, repeat('first ', 1000) FROM generate_series(1, 20) i;
INSERT INTO tally SELECT i, 'first', 0 FROM generate_series(1, 10) i;
INSERT INTO person SELECT i, 'first', 'name ' || i FROM generate_series(1, 20) i;
INSERT INTO parent SELECT i, 'first', 'v' FROM generate_series(1, 10) i;
INSERT INTO chain SELECT 'root', 'first', NULL, '2026-01-01 00:00+00';
