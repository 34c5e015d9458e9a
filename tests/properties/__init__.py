"""The SQL against the slow reading, over generated histories.

Belongs here: building with dbt in this process, comparing row by row, and injected rule errors. Does not
belong here: unit tests of single models, which stand beside the models.
"""
