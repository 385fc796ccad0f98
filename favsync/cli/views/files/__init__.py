"""What the commands of `favsync files` have to say, in words and as JSON."""
