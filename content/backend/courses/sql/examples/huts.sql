-- Mountain huts, their guests, and who sleeps where: the database of this course.
create table hut (
  id        integer primary key,
  name      text    not null unique,
  altitude  integer not null check (altitude between 0 and 4810),
  beds      integer not null check (beds > 0),
  phone     text
);

create table guest (
  id          integer primary key,
  name        text not null,
  email       text not null unique,
  invited_by  integer references guest (id)
);

create table booking (
  id        integer primary key,
  hut_id    integer not null references hut (id),
  guest_id  integer not null references guest (id),
  arrive    date    not null,
  nights    integer not null check (nights between 1 and 14),
  beds      integer not null check (beds > 0),
  note      text,
  unique (hut_id, guest_id, arrive)
);

create table payment (
  id          integer primary key,
  booking_id  integer not null references booking (id),
  cents       integer not null check (cents > 0),
  paid_on     date    not null
);

create table meal (
  booking_id  integer not null references booking (id) on delete cascade,
  kind        text    not null check (kind in ('dinner', 'breakfast')),
  persons     integer not null check (persons > 0),
  primary key (booking_id, kind)
);

insert into hut (id, name, altitude, beds, phone) values
  (1, 'Larch',   1450, 12, '555-0101'),
  (2, 'Eagle',   2210, 20, '555-0102'),
  (3, 'Glacier', 2870,  8, null),
  (4, 'Bivouac', 3120,  4, null);

insert into guest (id, name, email, invited_by) values
  (1, 'Ada',  'ada@example.com',  null),
  (2, 'Bob',  'bob@example.com',  1),
  (3, 'Cleo', 'cleo@example.com', 1),
  (4, 'Dan',  'dan@example.com',  2);

insert into booking (id, hut_id, guest_id, arrive, nights, beds, note) values
  (1, 1, 1, '2027-07-01', 2, 2, null),
  (2, 1, 2, '2027-07-02', 1, 4, 'late arrival'),
  (3, 2, 1, '2027-07-03', 3, 2, null),
  (4, 2, 3, '2027-07-03', 2, 6, 'two dogs'),
  (5, 3, 1, '2027-07-06', 1, 2, null),
  (6, 1, 3, '2027-07-10', 2, 1, 'late arrival');

insert into payment (id, booking_id, cents, paid_on) values
  (1, 1,  3000, '2027-05-01'),
  (2, 1,  5000, '2027-07-01'),
  (3, 2,  8000, '2027-06-11'),
  (4, 3, 12000, '2027-06-12'),
  (5, 4, 10000, '2027-06-12'),
  (6, 4, 14000, '2027-07-03');

insert into meal (booking_id, kind, persons) values
  (1, 'dinner', 2), (1, 'breakfast', 2), (2, 'dinner', 4),
  (4, 'dinner', 6), (4, 'breakfast', 6), (6, 'dinner', 1);
