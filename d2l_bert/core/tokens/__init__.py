"""Sentences -> token ids."""
