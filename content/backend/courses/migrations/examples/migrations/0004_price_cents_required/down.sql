create table booking_old (
  id           integer primary key,
  hut_id       integer not null references hut (id),
  guest        text    not null,
  arrive       text    not null,
  price        real,
  price_cents  integer check (price_cents >= 0)
);

insert into booking_old (id, hut_id, guest, arrive, price, price_cents)
  select id, hut_id, guest, arrive, price, price_cents from booking;

drop table booking;
alter table booking_old rename to booking;
create index booking_hut on booking (hut_id, arrive);
