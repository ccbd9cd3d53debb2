"""Tables of the PostgreSQL store and the one function that appends, created once."""

from typing import Final

COMMUNITY: Final = "split_part(originator_id, '/', 1)"
"""First part of a stream id; a query uses the index only when it says exactly this."""

KNOWN: Final = "DSP01"
BEHIND: Final = "DSP02"
STALE: Final = "DSP03"
TRACKED: Final = "DSP04"
"""SQLSTATEs of the append function; their DETAIL and HINT carry the values."""

APPEND: Final = f"""
CREATE FUNCTION append_events(
    streams text[], versions bigint[], topics text[], states bytea[],
    guard_streams text[], guard_versions bigint[],
    command text, command_digest bytea, command_actor text, command_instant bigint,
    command_outcome text, command_stream text,
    follower text, follower_position bigint
) RETURNS bigint LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $body$
DECLARE
    size CONSTANT bigint := cardinality(streams);
    base bigint;
    last bigint;
    found_stream text;
    found_version bigint;
BEGIN
    -- One writer at a time, so that positions become visible in their order and without a gap.
    -- The statements below this one see what the writers before have committed.
    LOCK TABLE stored_events IN EXCLUSIVE MODE;
    SELECT coalesce(max(position), 0) INTO base FROM stored_events;

    IF command IS NOT NULL THEN
        SELECT recorded_at INTO last FROM commands
        WHERE last_position IS NOT NULL ORDER BY last_position DESC LIMIT 1;
        INSERT INTO commands VALUES (
            command, command_digest, command_actor, command_instant, command_outcome,
            command_stream,
            CASE WHEN size > 0 THEN base + 1 END, CASE WHEN size > 0 THEN base + size END
        ) ON CONFLICT (command_id) DO NOTHING;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'command known' USING ERRCODE = '{KNOWN}';
        END IF;
        IF command_instant < last THEN
            RAISE EXCEPTION 'clock behind' USING ERRCODE = '{BEHIND}', DETAIL = last;
        END IF;
    END IF;

    IF cardinality(guard_streams) > 0 THEN
        SELECT g.stream, c.version INTO found_stream, found_version
        FROM unnest(guard_streams, guard_versions) WITH ORDINALITY AS g(stream, version, n)
        CROSS JOIN LATERAL (
            SELECT coalesce(max(originator_version), 0) AS version FROM stored_events
            WHERE originator_id = g.stream
        ) AS c
        WHERE c.version <> g.version ORDER BY g.n LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION 'stale stream'
            USING ERRCODE = '{STALE}', DETAIL = found_stream, HINT = found_version;
        END IF;
    END IF;

    IF size > 0 THEN
        IF command IS NOT NULL THEN
            SELECT e.stream, c.version INTO found_stream, found_version
            FROM (
                SELECT u.stream, u.n,
                    u.version - row_number() OVER (PARTITION BY u.stream ORDER BY u.n) AS before
                FROM unnest(streams, versions) WITH ORDINALITY AS u(stream, version, n)
            ) AS e
            CROSS JOIN LATERAL (
                SELECT coalesce(max(originator_version), 0) AS version FROM stored_events
                WHERE originator_id = e.stream
            ) AS c
            WHERE e.before <> c.version
            ORDER BY e.n LIMIT 1;
            IF FOUND THEN
                RAISE EXCEPTION 'stale stream'
                USING ERRCODE = '{STALE}', DETAIL = found_stream, HINT = found_version;
            END IF;
        END IF;

        INSERT INTO stored_events (position, originator_id, originator_version, topic, state)
        SELECT base + e.n, e.stream, e.version, e.topic, e.state
        FROM unnest(streams, versions, topics, states)
        WITH ORDINALITY AS e(stream, version, topic, state, n);
    END IF;

    IF follower IS NOT NULL THEN
        INSERT INTO tracking AS t (application_name, notification_id)
        VALUES (follower, follower_position)
        ON CONFLICT (application_name) DO UPDATE SET notification_id = excluded.notification_id
        WHERE t.notification_id < excluded.notification_id;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'tracked further' USING ERRCODE = '{TRACKED}';
        END IF;
    END IF;
    RETURN base;
END
$body$
"""

STATEMENTS: Final = (
    # An inserted row is never updated, so VACUUM has nothing to clean here, and each one it
    # starts by itself would make appends wait until it notices: see decision 0003.
    """
    CREATE TABLE stored_events (
        position bigint PRIMARY KEY,
        originator_id text COLLATE "C" NOT NULL,
        originator_version bigint NOT NULL,
        topic text NOT NULL,
        state bytea NOT NULL,
        CONSTRAINT stored_events_one_per_version UNIQUE (originator_id, originator_version)
    ) WITH (autovacuum_vacuum_insert_threshold = -1)
    """,
    f"CREATE INDEX stored_events_by_community ON stored_events (({COMMUNITY}), position)",
    """
    CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $body$
    BEGIN
        RAISE EXCEPTION 'stored events are never changed or deleted'
        USING ERRCODE = 'integrity_constraint_violation';
    END
    $body$
    """,
    """
    CREATE TRIGGER stored_events_never_change BEFORE UPDATE OR DELETE OR TRUNCATE
    ON stored_events FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
    """
    CREATE TABLE commands (
        command_id text COLLATE "C" PRIMARY KEY,
        digest bytea NOT NULL,
        actor text NOT NULL,
        recorded_at bigint NOT NULL,
        outcome text NOT NULL,
        stream text COLLATE "C",
        first_position bigint,
        last_position bigint
    )
    """,
    """
    CREATE UNIQUE INDEX commands_by_position ON commands (last_position)
    WHERE last_position IS NOT NULL
    """,
    """
    CREATE TABLE tracking (
        application_name text COLLATE "C" PRIMARY KEY,
        notification_id bigint NOT NULL
    ) WITH (fillfactor = 50)
    """,
    """
    CREATE TABLE parked (
        community text COLLATE "C" PRIMARY KEY,
        position bigint NOT NULL,
        code text NOT NULL,
        recorded_at bigint NOT NULL
    )
    """,
    APPEND,
)
