"""What each page shows: plain functions from a question to the template's context. Views call them."""
