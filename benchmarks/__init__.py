"""Speed, measured as ratios in one run on one machine: `make bench`, `make bench-large`.

    __main__.py      which databases and sizes; the table at the end
    measuring.py     everything that happens in one database, in a process of its own
    rows_*.py        the rows of the table, by subject
    server.py        gunicorn as it serves the product, with one more address: the constant view
    load.py          requests per second and their times: wrk, or a client of our own
    databases.py     a database for the run, dropped afterwards
    table.py         goals, met or not

A row that could not be measured says so by name. Nothing here is a timed test: machines are shared and noisy.
"""
