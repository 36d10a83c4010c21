"""Stored results as pages show them: plain values, named and grouped, nothing computed anew."""
