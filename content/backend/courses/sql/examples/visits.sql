-- 40,000 entries of the huts' visitors' books: enough for a plan to matter.
create table visit (
  id        integer primary key,
  hut_id    integer not null references hut (id),
  guest_id  integer not null references guest (id),
  day       text    not null,
  state     text    not null,
  remark    text    not null
);

with recursive n (i) as (select 1 union all select i + 1 from n where i < 40000)
insert into visit (id, hut_id, guest_id, day, state, remark)
select i,
       1 + i % 4,
       1 + i * 7 % 3,
       date('2020-01-01', '+' || (i * 37 % 2500) || ' days'),
       case when i % 200 = 0 then 'open' else 'settled' end,
       'Remark number ' || i
  from n;
