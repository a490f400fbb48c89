"""Users, their balances and their wallets."""
