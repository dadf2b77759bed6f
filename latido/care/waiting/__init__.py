"""The waiting list: who waits for a slot, who is offered which one, and why."""
