"""Pages of the accounts: own (signing in, settings), people, sites."""
