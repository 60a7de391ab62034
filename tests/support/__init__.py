"""What the tests stand on: real databases, processes and browsers, and a report of what was left out."""
