"""A believable B2B product to try the pipeline on: its generator, its feeder and the summary of what was
planted.

Only demo data belongs here. Nothing in this package may write to a warehouse that the demo did not make.
"""
