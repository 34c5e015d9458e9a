"""Vendors on 127.0.0.1: each answers as its vendor does, counts what was truly delivered, and misbehaves on
request. What they share stands in `stand_in.py`."""
