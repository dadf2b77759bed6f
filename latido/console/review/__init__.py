"""Review: operators say what messages meant, two of them decide what is learned from, and it becomes training data."""
