"""BigQuery's REST surface over DuckDB, for the real adapter and the real client; `server.serve` is the one
entry.

Belongs here: what dbt-bigquery and google-cloud-bigquery ask for, and the tests that run through them. It is
more permissive than BigQuery in types and grammar (Google's analyser is the judge of those), and knows
nothing of cost, quotas, permissions or locking.
"""
