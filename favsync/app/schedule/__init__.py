"""A sync every night, by the scheduler that the system has: a systemd user timer, or else a line of the crontab.

Files are fetched after it.
"""
