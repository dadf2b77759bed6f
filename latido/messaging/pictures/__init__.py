"""Pictures that a message carries: kept sealed, fetched by Twilio at an address nobody can guess, soon forgotten."""
