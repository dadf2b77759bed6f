"""The pure part of review: what is worth a look, what may leave, how files change, how good the model is."""
