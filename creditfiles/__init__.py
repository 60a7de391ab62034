"""信用档案: what is known about one subject, for one reader: the file, its reports, and the trace of who looked."""
