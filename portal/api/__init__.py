"""The open API: the same rows and the same filters as the pages, as lean JSON."""
