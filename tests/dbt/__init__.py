"""dbt run as a user runs it."""
