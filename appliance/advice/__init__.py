"""From scores and prices to a decision: money with its uncertainty, what a test would be worth, a plan, a policy."""
