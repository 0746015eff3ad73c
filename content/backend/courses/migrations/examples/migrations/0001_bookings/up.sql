create table hut (
  id    integer primary key,
  name  text    not null unique,
  beds  integer not null check (beds > 0)
);

create table booking (
  id      integer primary key,
  hut_id  integer not null references hut (id),
  guest   text    not null,
  arrive  text    not null,
  price   real
);
