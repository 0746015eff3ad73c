-- Contract: only when no running program reads or writes it any more.
alter table booking drop column price;
