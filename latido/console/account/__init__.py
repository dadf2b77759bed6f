"""An operator's own account: password, second factor, and where she is inside."""
