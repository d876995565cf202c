"""Worst cases over any decision that is handed in: the mildest combination that flips it, and a bounded-norm attack."""
