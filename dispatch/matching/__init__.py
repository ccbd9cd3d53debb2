"""Who goes: hard rules, ordered levels, exact flow. Pure: no input or output, no clock, no chance."""
