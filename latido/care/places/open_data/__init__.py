"""The city's open-data tables: read, put into Latido's schema, and compared with the seed of data/places."""
