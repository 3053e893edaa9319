-- Records found to be one person's count once: a person is a journey, or all journeys that were merged into one.
alter table journey add column merged_into uuid generated always as ((doc ->> 'merged_into')::uuid) stored;
create index journey_merged_into on journey (merged_into) where merged_into is not null;

create view person as
with root as (select distinct 'patient/' || merged_into as stream from journey where merged_into is not null)
select stream, received, accepted, decline_reason, conditions, payer, team_assigned, visits_scheduled, visits_completed,
       days_to_first_visit, assessed_visits, first_esas, latest_esas, requested, notified, failed, suppressed
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
       jsonb_path_query_array(jsonb_agg(suppressed), '$[*][*]')
from journey
where merged_into is not null or exists (select from root where root.stream = journey.stream)
group by 1;
