-- A small shop. Run it at both sites, in an empty database:
--   psql "postgresql://postgres@$EAST/shop" -v ON_ERROR_STOP=1 -f examples/shop.sql

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

-- The tables belong to a role that is no superuser: whoever publishes them needs their owner's rights.
CREATE ROLE shop_owner NOLOGIN;
GRANT USAGE ON SCHEMA shop TO shop_owner;
ALTER TABLE shop.customer OWNER TO shop_owner;
ALTER TABLE shop.product OWNER TO shop_owner;
ALTER TABLE shop.purchase OWNER TO shop_owner;
