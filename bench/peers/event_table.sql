-- An event store as one builds it in PostgreSQL: one table, and a function that checks the expected version. Of two
-- who expect the same version, the unique index lets one through.
create table events (
    position       bigint generated always as identity primary key,
    stream         text        not null,
    version        bigint      not null,
    type           text        not null,
    recorded_at    timestamptz not null default now(),
    command_id     uuid        not null,
    correlation_id uuid        not null,
    causation_id   uuid        not null,
    actor          text        not null,
    payload        bytea       not null,
    unique (stream, version)
);

create function append(into_stream text, expected bigint, of_type text, command uuid, correlation uuid, causation uuid,
                       by_actor text, with_payload bytea) returns bigint
    language plpgsql as
$$
declare
    actual bigint;
    given  bigint;
begin
    select coalesce(max(version), 0) into actual from events where stream = into_stream;
    if actual <> expected then
        raise exception 'stream % is at version %, not %', into_stream, actual, expected;
    end if;
    insert into events (stream, version, type, command_id, correlation_id, causation_id, actor, payload)
    values (into_stream, expected + 1, of_type, command, correlation, causation, by_actor, with_payload)
    returning position into given;
    return given;
end
$$;
