"""The e621ng API: addresses, decoding of every shape of posts, and the client that the app asks."""
