"""Copies of the database, and what is to be asked of Twilio when one of them is put back."""
