"""
The rule book in pure Python: how points come from declared data, are merged, rolled up and ranked.

No Django, no clock, no database: values in, values out. Everything is exact (`Decimal` for points, `Fraction`
for an index) and is rounded once, half up, where a rule says so.
"""
