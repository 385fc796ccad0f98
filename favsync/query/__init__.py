"""The search language: text becomes a tree of frozen data, and the tree becomes text again. Pure."""
