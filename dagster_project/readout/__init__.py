"""What becomes of an experiment's readout: read, kept, shown.

Belongs here: everything around the numbers. Does not belong here: the numbers, which `experiments` works out.
"""
