"""Snowflake through dbt-snowflake and snowflake-connector-python, without an account.

Belongs here: the stand-in's process, its repairs, and what is asked of it through the real adapter and the
real connector. Does not belong here: that the numbers are those of other engines (`tests/engines/parity`).
"""
