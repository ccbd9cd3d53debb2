"""The nouns and their rules, one file of tests for each."""
