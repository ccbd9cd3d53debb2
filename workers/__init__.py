"""The rq service: its queues, jobs and sweeper. The library never imports it."""
