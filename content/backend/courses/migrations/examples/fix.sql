-- What the first rehearsal found: one price of the import of 2019 has a decimal comma.
update booking set price = 45.5 where price = '45,50';
