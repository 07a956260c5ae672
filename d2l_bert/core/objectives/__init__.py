"""Token ids -> the examples of one objective, a module each."""
