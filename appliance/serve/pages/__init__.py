"""One module a page: what it reads, how it is arranged, which figures it draws."""
