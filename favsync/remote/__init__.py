"""The site as an HTTP client: JSON becomes the model, faults become errors of ours.

It knows nothing of the database.
"""
