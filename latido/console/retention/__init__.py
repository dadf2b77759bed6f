"""What is kept for how long, and what went: read only."""
