"""The operators themselves, for who administers them."""
