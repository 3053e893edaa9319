-- Who was taken on and still waits for a first visit: not while care is held, nor after its end.
alter table journey add column waits boolean generated always as (
    doc ->> 'accepted_at' is not null and (doc ->> 'visits_completed')::integer = 0
    and doc ->> 'end_reason' is null and coalesce(doc ->> 'on_hold', 'false') = 'false') stored;

create or replace view person as
with root as (select distinct 'patient/' || merged_into as stream from journey where merged_into is not null)
select stream, received, accepted, decline_reason, conditions, payer, team_assigned, visits_scheduled, visits_completed,
       days_to_first_visit, assessed_visits, first_esas, latest_esas, requested, notified, failed, suppressed, waits
from journey where merged_into is null and not exists (select from root where root.stream = journey.stream)
union all
select coalesce('patient/' || merged_into, stream), bool_or(received), bool_or(accepted),
       case when not bool_or(accepted)
            then (array_agg(decline_reason order by merged_into nulls first, stream) filter (where decline_reason is not null))[1] end,
       coalesce((array_agg(conditions order by merged_into nulls first, stream) filter (where received))[1], '[]'),
       coalesce((array_agg(payer order by merged_into nulls first, stream) filter (where received))[1], 'unknown'),
       bool_or(team_assigned), sum(visits_scheduled)::integer, sum(visits_completed)::integer,
       greatest(0, extract(epoch from min((doc ->> 'first_visit_at')::timestamptz) - min((doc ->> 'received_at')::timestamptz)) / 86400)::double precision,
       sum(assessed_visits)::integer,
       (array_agg(first_esas order by merged_into nulls first, stream) filter (where first_esas is not null))[1],
       (array_agg(latest_esas order by merged_into nulls first, stream) filter (where latest_esas is not null))[1],
       sum(requested)::integer, sum(notified)::integer, sum(failed)::integer,
       jsonb_path_query_array(jsonb_agg(suppressed), '$[*][*]'),
       bool_or(waits) and sum(visits_completed) = 0
from journey
where merged_into is not null or exists (select from root where root.stream = journey.stream)
group by 1;
