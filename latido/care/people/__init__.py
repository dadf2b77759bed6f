"""The people of a phone: what a resident told of herself, of whom she writes for, and of their children."""
