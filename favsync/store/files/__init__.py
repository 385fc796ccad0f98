"""The files of posts: what is known of each, which are wanted, and which original a post had when."""
