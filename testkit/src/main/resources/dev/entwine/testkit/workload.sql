-- Tables of the workload: between them a column of each common type. Each row carries the tag of the write that made it.
CREATE TABLE item (
    id bigint PRIMARY KEY, tag text NOT NULL,
    name text, price numeric(12,2), stock integer, active boolean, created timestamptz);
CREATE TABLE customer (
    id uuid PRIMARY KEY, tag text NOT NULL,
    name varchar(80), born date, settings jsonb, photo bytea, code char(8));
CREATE TABLE booking (
    office char(4), number integer, tag text NOT NULL,
    during tstzrange, note text, labels text[], PRIMARY KEY (office, number));
CREATE TABLE reading (
    sensor text, at timestamp, tag text NOT NULL,
    value double precision, quality real, grade smallint, source inet, PRIMARY KEY (sensor, at));
CREATE TABLE account (
    id integer PRIMARY KEY, tag text NOT NULL,
    balance bigint, waits interval, opens time, document json);
-- Each site writes only the rows that carry its name, and always the whole value.
CREATE TABLE counter (
    site text, id integer, tag text NOT NULL,
    value bigint NOT NULL, PRIMARY KEY (site, id));
