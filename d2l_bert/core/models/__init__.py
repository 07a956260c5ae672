"""A model without a framework: sizes, weights, files, use."""
