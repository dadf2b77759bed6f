"""Downloads: one line a conversation, a person of the overdue list or an entry of the audit log, written as read."""
