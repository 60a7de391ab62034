"""Tables in and out: workbooks and CSV files of any origin, read safely and written so that Excel keeps them.

with open_table(path, filename="处罚.xlsx", recognise=recogniser(vocabulary)) as table:
    match = find_header(table, vocabulary)
    for number, cells in table.rows(start=match.first_data_row): ...
"""
