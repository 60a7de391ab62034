"""A fictional Huicheng: agencies, parties and decisions for demonstration, for benchmarks and for large tests.

Streets, towns and the names of government agencies are the district's own, because they are public facts. Everything
else is made up: every code, company, person, address number, document and sum. Read in this order: `places`, `names`,
`agencies`, `parties`, `licences` and `penalties` (what each agency decides), `decisions` (how one is made up), then
what is done with them: `story` (load_demo) and `dataset` (make_dataset).

All of it comes from a `random.Random` that the caller seeds: the same seed gives the same district.
"""
