-- SQLite can't add a constraint to a column, so the table is built anew.
-- In PostgreSQL: alter table booking alter column price_cents set not null;
create table booking_new (
  id           integer primary key,
  hut_id       integer not null references hut (id),
  guest        text    not null,
  arrive       text    not null,
  price        real,
  price_cents  integer not null check (price_cents >= 0)
);

insert into booking_new (id, hut_id, guest, arrive, price, price_cents)
  select id, hut_id, guest, arrive, price, price_cents from booking;

drop table booking;
alter table booking_new rename to booking;
create index booking_hut on booking (hut_id, arrive);
