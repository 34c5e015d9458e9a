"""The metrics of a readout, one file each: accounts in, rows out.

Belongs here: which numbers a metric shows, per epoch and pooled. Does not belong here: estimators, which
know nothing of experiments; the decision.
"""
