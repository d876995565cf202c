"""The same model in another precision: a new file beside the old one, which stays as it is."""
