"""People who sign in: users and roles; knows no domain."""
