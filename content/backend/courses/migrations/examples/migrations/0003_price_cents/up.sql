-- Expand: nullable, since the running program does not know it yet.
alter table booking add column price_cents integer check (price_cents >= 0);
