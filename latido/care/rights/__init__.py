"""Her rights: reminders in and out, what is kept of her, erasing it, what she thinks of the service."""
