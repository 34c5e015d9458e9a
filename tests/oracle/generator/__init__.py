"""Generated raw histories, shaped to hit the edges of the rules.

Belongs here: rows of the raw contract and seeds that go with them, from a random seed, and writing them to
DuckDB. Does not belong here: what the rows mean.
"""
