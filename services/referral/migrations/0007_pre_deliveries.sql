-- Pages of webhooks count what waits and what was given up, however much was delivered; what was delivered long ago goes.
create index delivery_given_up on delivery (endpoint_id) where outcome = 'given_up';
create index delivery_delivered on delivery (settled_at) where outcome = 'delivered';
