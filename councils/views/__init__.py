"""The desk of the council's members, and the council's page for the cycle's manager."""
