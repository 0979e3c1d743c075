-- The first rows of the shop. Run it at one site alone (then 'init --copy-from' fills the other), or at both ('init --equal').

INSERT INTO shop.customer (id, name, city) VALUES
    ('00000000-0000-4000-8000-000000000001', 'Ada', 'Bergen'),
    ('00000000-0000-4000-8000-000000000002', 'Bo', 'Oslo'),
    ('00000000-0000-4000-8000-000000000003', 'Cem', 'Vardø');

INSERT INTO shop.product (id, name, price) VALUES (1, 'Lamp', 12.50), (2, 'Rope', 4.00), (3, 'Stove', 89.00);
