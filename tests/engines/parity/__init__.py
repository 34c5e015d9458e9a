"""The same facts give the same rows on every engine.

Belongs here: histories, the engines behind one protocol, and the comparison of what they built. Does not
belong here: that one engine works at all (its own folder), nor that the rows are right
(`tests/properties`).
"""
