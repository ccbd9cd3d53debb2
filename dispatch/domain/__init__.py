"""
The nouns of dispatch and their rules: pure, on the standard library and pydantic alone.

One aggregate is one file. Nothing in this room reads a clock, draws a random number, opens a file
or imports another room of the house; time, ids and text come in through commands.
"""
