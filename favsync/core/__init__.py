"""The thinking: pure functions and generators over the model. No clock, file, network, database or log."""
