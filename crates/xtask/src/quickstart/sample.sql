-- The sample database of the quickstart: a small shop with what a backup has to carry besides rows.

CREATE ROLE shop_owner NOLOGIN;
CREATE ROLE shop_staff NOLOGIN;
CREATE ROLE shop_app LOGIN CONNECTION LIMIT 20;
CREATE ROLE "Reporting Team" LOGIN;
GRANT shop_staff TO shop_app;
GRANT shop_staff TO "Reporting Team" WITH ADMIN OPTION;
ALTER ROLE shop_app SET statement_timeout = '30s';

CREATE DATABASE shop OWNER shop_owner;
COMMENT ON DATABASE shop IS 'Orders of a small shop';
ALTER DATABASE shop SET timezone = 'Europe/Oslo';
ALTER ROLE "Reporting Team" IN DATABASE shop SET work_mem = '32MB';
GRANT CONNECT ON DATABASE shop TO shop_app WITH GRANT OPTION;

\connect shop

CREATE EXTENSION hstore;
SET ROLE shop_owner;

CREATE SCHEMA sales;
CREATE SCHEMA "Stock Keeping";

CREATE TABLE sales.customer (
    customer_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name        text NOT NULL,
    attributes  public.hstore NOT NULL DEFAULT ''
);
CREATE TABLE sales."Order" (
    order_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id integer NOT NULL REFERENCES sales.customer,
    placed      timestamptz NOT NULL,
    amount      numeric(12, 2) NOT NULL CHECK (amount >= 0)
);
CREATE INDEX order_placed ON sales."Order" (placed);
CREATE TABLE "Stock Keeping"."item; with odd name" (
    item_id serial PRIMARY KEY,
    label   text NOT NULL UNIQUE,
    photo   oid
);
CREATE VIEW sales.revenue AS
    SELECT date_trunc('month', placed AT TIME ZONE 'UTC') AS month, sum(amount) AS amount
    FROM sales."Order"
    GROUP BY 1;

INSERT INTO sales.customer (name, attributes)
    SELECT 'Customer ' || n, public.hstore('region', (ARRAY['north', 'south', 'east', 'west'])[1 + n % 4])
    FROM generate_series(1, 2000) AS n;
INSERT INTO sales."Order" (customer_id, placed, amount)
    SELECT 1 + (n * 7919) % 2000, timestamptz '2026-01-01 00:00:00+00' + n * interval '9 minutes', (n * 37 % 50000) / 100.0
    FROM generate_series(1, 50000) AS n;
INSERT INTO "Stock Keeping"."item; with odd name" (label, photo)
    SELECT 'Item ' || n, lo_from_bytea(0, decode(repeat(md5(n::text), 64), 'hex'))
    FROM generate_series(1, 20) AS n;

GRANT USAGE ON SCHEMA sales TO shop_staff;
GRANT SELECT ON ALL TABLES IN SCHEMA sales TO shop_staff;
GRANT INSERT, UPDATE (amount) ON sales."Order" TO shop_app WITH GRANT OPTION;
GRANT SELECT ON sales.revenue TO "Reporting Team";
ALTER DEFAULT PRIVILEGES IN SCHEMA sales GRANT SELECT ON TABLES TO shop_staff;
