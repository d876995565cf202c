"""Sizing before a purchase: which machine meets the takt, at what cost, and how sure that is."""
