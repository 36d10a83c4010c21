"""
The demo that the first `make run` loads: a province that does not exist, one cycle published, one under way.

Scores, people and papers are invented and marked so. Loading is deterministic: which unit is how far depends on codes
alone, and dates are counted from the moment of loading.
"""
