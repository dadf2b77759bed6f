"""Which of a server's Schedules, Locations and codes are which centre and service of the city."""
