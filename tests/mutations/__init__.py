"""Every guard is removed once, and a named test has to notice.

`senders` and `sql` list the mutations: a further guard is a further row. `python -m tests.mutations` applies
them one at a time to a temporary copy and prints which were noticed.
"""
