"""Pages on which people tell something by their own choice, and find the answer: text only, no script, no login."""
