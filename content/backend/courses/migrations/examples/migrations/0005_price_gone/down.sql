alter table booking add column price real;
update booking set price = price_cents / 100.0;
