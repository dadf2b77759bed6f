"""Care: the use cases between the dialogue and the health service, and the rules they follow."""
