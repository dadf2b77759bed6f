"""A resident's own calendar: what comes next for each of her people, in words and as a picture."""
