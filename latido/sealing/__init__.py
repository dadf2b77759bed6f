"""What is sealed in the database: the keys that last, and sealing all of it anew when the secret is replaced."""
