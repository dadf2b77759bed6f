"""What ought to be said, to whom and when. Pure: no database, no clock, no network."""
