"""Credit subjects, the ledger of credit records and their revisions, publication policy."""
