"""The desk of those who make results, and the public pages of everybody."""
