"""Says when things run and wires the parts together; no business rule lives here, and importing it does
nothing.
"""
