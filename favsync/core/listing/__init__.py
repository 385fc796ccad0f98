"""The scan: learn the site's list of favorites from as few pages as prove it.

Sans-I/O: generators that yield effects and are sent their results.
"""
