"""Searches: reading the request, compiling it to SQL, making the page."""
