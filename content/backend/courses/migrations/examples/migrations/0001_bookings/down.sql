drop table booking;
drop table hut;
