drop index booking_hut;
