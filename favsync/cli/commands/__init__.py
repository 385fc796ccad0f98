"""The commands: one file each, and nothing else. Arguments in, one call, a view out; no command imports another."""
