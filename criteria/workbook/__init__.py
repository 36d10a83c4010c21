"""
Excel workbooks of the rule book, read with a place for every error.

`container` opens a file that strangers sent, `cells` reads single values, `tables` whole sheets by their headers;
`sheets` holds the words and columns of the criteria sheets. The cycle workbook of `par_index.results.workbook` builds
on all four.
"""
