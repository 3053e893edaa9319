-- Who was in care until the day by which wishes should be known, and since when they are; one row per person.

create view planned_ahead as
select coalesce('patient/' || merged_into, stream) as stream,
       max((doc ->> 'episode_opened_at')::timestamptz) as opened_at,
       (array_agg((doc ->> 'ended_on')::date order by doc ->> 'episode_opened_at' desc nulls last))[1] as ended_on,
       min((doc ->> 'conversation_at')::timestamptz) as conversation_at,
       min((doc ->> 'wishes_known_at')::timestamptz) as wishes_known_at,
       min((doc ->> 'agent_known_at')::timestamptz) as agent_known_at
from journey
group by 1
having max((doc ->> 'episode_opened_at')::timestamptz) is not null;
