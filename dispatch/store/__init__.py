"""The store: the only room that knows the storage library."""
