"""What people ask of the program, on one ticked demo per engine: it answers as it does on DuckDB."""
