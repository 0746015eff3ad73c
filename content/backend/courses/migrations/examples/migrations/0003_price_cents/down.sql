alter table booking drop column price_cents;
