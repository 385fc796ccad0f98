"""Posts in files that people bring, told by the structure of a file: what is not understood is counted, never guessed.

`read.py` is the way in. `source.py` reads bytes with limits, `forms.py` tells what they are, one module a form finds
the entries, `record.py` says what an entry names, and `found.py` keeps the posts and counts the rest.
"""
