create index booking_hut on booking (hut_id, arrive);
