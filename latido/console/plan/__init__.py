"""A resident's plan as a page: what is due, booked, said and planned of her people, drawn and in tables."""
