"""A centre's agenda: imported from a file, or made up for a demonstration."""
