"""DuckDB as the other engines are asked: two whole builds, snapshots, docs and two ticks, by their commands.

What a build and a tick mean is tested on DuckDB everywhere else.
"""
