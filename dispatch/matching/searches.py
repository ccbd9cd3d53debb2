"""The searches on the residual network: of a unit that goes in, of a vacancy, of a question."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from heapq import heapify, heappop, heappush

from .residual import NOBODY, SINK, Residual


class Searches(Residual):
    """
    Shortest paths on reduced costs.

    Notes
    -----
    Every search first follows the trail that an earlier one of the other kind left behind: where a vacancy was filled
    a newcomer finds the way out, and the other way round. Nothing is taken on trust: the trail is walked at the costs
    of now, a step that is no more ends it, and it is only where the search starts from. But often its end is the
    optimum already, proven as soon as nothing in the queue is nearer; else it spares looking at what is farther.
    """

    def _search(self, ways: Collection[tuple[int, int]], *, mover: int, best: int) -> tuple[int, int, list[int]]:
        """
        Search for the cheapest path to the sink from where a new unit may go in.

        Parameters
        ----------
        ways
            (node, cost) of each way in, which `mover` takes.
        best
            Cost of not going in at all.

        Returns
        -------
        total, end, seen
            The cost of the path, the last responder on it (the sink: not going in), all that are labelled, each with
            what the path there costs.
        """
        price, out, label, via, end = self.price, self.out, self.label, self.via, SINK
        for r, cost in ways:
            if (way := cost + out[r]) < best:
                best, end = way, r
        via[end] = mover
        queue = [(key, r) for r, cost in ways if (key := cost + price[r]) < best]
        seen = [r for _, r in queue]
        if not queue:
            return best, end, seen
        for key, r in queue:
            label[r], via[r] = key - price[r], mover
        best, end = self._follow(queue, seen, best=best, end=end)
        heapify(queue)
        best, end = self._spread(queue, seen, best=best, end=end)
        return best, end, seen

    def _follow(self, queue: list[tuple[int, int]], seen: list[int], *, best: int, end: int) -> tuple[int, int]:
        """Follow from the nearest way in where members last left for a vacancy."""
        arcs, place, price, out, beyond = self.arcs, self.place, self.price, self.out, self.beyond
        label, via, leaves, onward = self.label, self.via, self.leaves, self.onward
        _, r = min(queue)
        here = label[r]
        while (s := leaves[r]) != NOBODY and place[s] == r and (to := onward[r]) in arcs[s]:
            here += arcs[s][to] - arcs[s][r]
            if here >= label[to] or here + price[to] >= best:
                break
            if label[to] == beyond:
                seen.append(to)
            label[to], via[to] = here, s
            queue.append((here + price[to], to))
            if here + out[to] < best:
                best, end = here + out[to], to
            r = to
        return best, end

    def _spread(self, queue: list[tuple[int, int]], seen: list[int], *, best: int, end: int) -> tuple[int, int]:
        """Take the nearest node of the queue and look at what is behind it, while it can lead to anything better."""
        arcs, members, price, out, label, via = self.arcs, self.members, self.price, self.out, self.label, self.via
        beyond = self.beyond
        while queue:
            key, r = heappop(queue)
            if key >= best:
                break
            here = label[r]
            if here + price[r] != key:
                continue
            # The hot loop of every arrival and cold start: most choices lead to where a label is lower already.
            for member, paid in members[r].items():
                base = here - paid
                for to, cost in arcs[member].items():
                    there = base + cost
                    if there < label[to] and there + price[to] < best:
                        if label[to] == beyond:
                            seen.append(to)
                        label[to], via[to] = there, member
                        heappush(queue, (there + price[to], to))
                        if there + out[to] < best:
                            best, end = there + out[to], to
        return best, end

    def _search_vacancy(self, r: int) -> tuple[int, int, list[int]]:
        """
        Search for the cheapest way to fill a vacancy: moves that end in a slot given back, or in unserved work.

        Returns
        -------
        total, end, seen
            The reduced cost; the responder who is filled from outside; all that are labelled, each with the reduced
            cost of the vacancy there.
        """
        label = self.label
        # Work without a place moves nobody: what it would gain is in `worth` already.
        label[r], label[SINK] = 0, NOBODY
        seen, queue = [r], [(0, r)]
        best, end = self._follow_back(queue, seen, best=self.price[r] - self.worth[r])
        heapify(queue)
        best, end = self._spread_back(queue, seen, best=best, end=end)
        label[SINK] = self.beyond
        return best, end, seen

    def _follow_back(self, queue: list[tuple[int, int]], seen: list[int], *, best: int) -> tuple[int, int]:
        """Follow from a vacancy where newcomers last made somebody come from."""
        arcs, place, price, stands, worth = self.arcs, self.place, self.price, self.stands, self.worth
        label, via, leaves, onward, beyond = self.label, self.via, self.leaves, self.onward, self.beyond
        here, node = queue[0]
        end = node
        while (s := via[node]) != NOBODY and node in arcs[s]:
            here, origin = here + price[node] + arcs[s][node] - stands[s], place[s]
            if here >= label[origin] or here >= best:
                break
            if label[origin] == beyond:
                seen.append(origin)
            label[origin], leaves[origin], onward[origin] = here, s, node
            queue.append((here, origin))
            if (filled := here + price[origin] - worth[origin]) < best:
                best, end = filled, origin
            node = origin
        return best, end

    def _spread_back(self, queue: list[tuple[int, int]], seen: list[int], *, best: int, end: int) -> tuple[int, int]:
        """Take the nearest vacancy of the queue and look at who would come, while it can lead to anything better."""
        seekers, stands, place, price = self.seekers, self.stands, self.place, self.price
        worth, label, leaves, onward, beyond = self.worth, self.label, self.leaves, self.onward, self.beyond
        while queue:
            here, node = heappop(queue)
            if here >= best:
                break
            if label[node] != here:
                continue
            base = here + price[node]
            # The hot loop of every departure: only who would gain more than what is found already is looked at.
            gain = base - best
            for s, cost in seekers[node].items():
                if cost + gain < stands[s]:
                    there, origin = base + cost - stands[s], place[s]
                    if there < label[origin]:
                        if label[origin] == beyond:
                            seen.append(origin)
                        label[origin], leaves[origin], onward[origin] = there, s, node
                        heappush(queue, (there, origin))
                        if (filled := there + price[origin] - worth[origin]) < best:
                            best, end = filled, origin
                            gain = base - best
        return best, end

    def _search_back(self, goal: int, *, wanted: set[int]) -> tuple[dict[int, int], dict[int, tuple[int, int]]]:
        """
        Search from a vacated place backwards until every wanted node is met.

        Returns node -> reduced cost of the cheapest way for one unit from there to the goal, and
        node -> (supply that moves, next node) on it. The queue holds one way per met node, its next cheapest.
        """
        far, step = {goal: 0}, dict[int, tuple[int, int]]()
        queue: list[tuple[int, int, int, int]] = []
        pending: dict[int, Iterator[tuple[int, int, int]]] = {}

        def look(node: int) -> None:
            for rise, origin, mover in pending[node]:
                if origin not in far:
                    heappush(queue, (far[node] + rise, node, origin, mover))
                    return

        pending[goal] = iter(self._ways_into(goal))
        look(goal)
        missing = wanted - {goal}
        while missing:
            rise, node, origin, mover = heappop(queue)
            if origin not in far:
                far[origin], step[origin] = rise, (mover, node)
                missing.discard(origin)
                pending[origin] = iter(self._ways_into(origin))
                look(origin)
            look(node)
        return far, step

    def _ways_into(self, node: int) -> Sequence[tuple[int, int, int]]:
        """Return the cheapest residual step from each node as (reduced cost, from, supply that moves), in order."""
        if node not in self.ways:
            steps = self._steps_to_sink() if node == SINK else self._steps_into(node)
            self.ways[node] = sorted((rise, origin, mover) for origin, (rise, mover) in steps.items())
        return self.ways[node]

    def _steps_to_sink(self) -> dict[int, tuple[int, int]]:
        return {r: (self.out[r] - self.price[r], self.leaver[r]) for r, costs in enumerate(self.costs) if costs}

    def _steps_into(self, node: int) -> dict[int, tuple[int, int]]:
        best: dict[int, tuple[int, int]] = {}
        if self.used[node]:
            best[SINK] = (self.price[node] - self.costs[node][self.used[node] - 1], NOBODY)
        stands, place, here = self.stands, self.place, self.price[node]
        for s, cost in self._seekers_of(node).items():
            origin = place[s]
            if origin != node:
                rise = cost + here - stands[s]
                if origin not in best or rise < best[origin][0]:
                    best[origin] = (rise, s)
        return best
