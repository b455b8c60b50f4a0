"""How a document reaches its readers: a letter when it is ready, a link for people without an account, a schedule."""
