"""How departments' systems sign in, for every room that gives them a door."""
