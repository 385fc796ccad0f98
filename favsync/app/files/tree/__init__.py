"""`files tree`: links with names that people like, kept in step with what is stored."""
