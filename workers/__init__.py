"""
The rq workers of a dispatch engine: processes that drain what is rung, and one that looks after them.

Redis carries wake-ups, never work. It may be wiped, frozen or gone at any moment.
"""
