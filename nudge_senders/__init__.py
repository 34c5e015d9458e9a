"""How a nudge leaves the house, and how that is remembered.

The way of one nudge, top down: `queue` reads the rows that dbt planned for this tick, `delivery` claims them
in the `ledger`, checks them again on fresh facts, renders the text (`rendering`), commits `attempting`, calls
a destination and appends what came of it; `settlement` finds out later what a crash or a silent provider left
open.

Belongs here: nudges, texts, destinations, the ledger. Does not: which nudge is due (dbt decides), when a tick
runs and how it is wired (dagster_project), and anything that imports Dagster or dbt.
"""
