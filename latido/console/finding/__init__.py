"""Finding conversations: the index beside the message log, its filters, its search, the views that operators keep."""
