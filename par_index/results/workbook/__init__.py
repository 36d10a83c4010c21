"""
The cycle workbook: a whole cycle as one Excel file (docs/cycle-workbook.md).

Reading goes in two stages: `sheets` gives typed rows; `checks`, `leaves` and `statuses` look at them together. `reader`
runs both and gives a `book.CycleBook` or all that is wrong. `importer` stores a book, `writer` writes a stored cycle.
"""
