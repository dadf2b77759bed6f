"""Tags and notes that operators add to a conversation."""
