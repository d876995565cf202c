"""Worst cases, logged: the mildest combination of disturbances that flips a decision, and a bounded-norm attack."""
