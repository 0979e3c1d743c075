-- A small shop. Run it at both sites, in an empty database:
--   psql "$EAST" -v ON_ERROR_STOP=1 -f examples/shop.sql

CREATE SCHEMA shop;

CREATE TABLE shop.customer (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name text NOT NULL,
    city text);

CREATE TABLE shop.product (
    id int PRIMARY KEY,
    name text NOT NULL,
    price numeric(10, 2) NOT NULL CHECK (price >= 0));

-- Keys that both sites can give out without asking each other: a UUID, or a number that belongs to one site's range.
CREATE TABLE shop.purchase (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    customer uuid NOT NULL,
    product int NOT NULL,
    quantity int NOT NULL,
    placed_at timestamptz NOT NULL DEFAULT now());
