"""Which function does which kind of job: the one place where lower rooms meet higher ones."""
