"""A second, slow reading of the rules, written from the words of the design and not from the SQL.

Belongs here: plain Python that derives every account's state and decision from raw rows and seeds, one idea
per file, and the generator of raw histories. Does not belong here: SQL, dbt, speed, or anything the product
imports.
"""
