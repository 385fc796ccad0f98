"""The files of posts: which are wanted, in which order, and what the bytes that come prove. Pure."""
