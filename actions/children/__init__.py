"""The journeys of a child: its birth, its place on record, its appointment."""
