"""The examples, run as anybody would run them."""
