"""The history of the tables, oldest first; each step is run once by each database."""
