"""The page of effects: which wording of a reminder does what, and how sure that is."""
