"""HTTP: one request at a time, paced, retried, within limits of time and size, and every failure translated."""
