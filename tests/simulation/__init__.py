"""Who goes: the solver against independent solvers, the rules against tables."""
