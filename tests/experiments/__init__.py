"""Tests of the experiment statistics."""
