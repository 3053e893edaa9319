-- A database and a role for each service; nobody else may connect. For trying: the password is in deploy/compose.yaml.
create role carebus_referral login password 'for-trying';
create database carebus_referral owner carebus_referral;
revoke connect on database carebus_referral from public;
create role carebus_care_plan login password 'for-trying';
create database carebus_care_plan owner carebus_care_plan;
revoke connect on database carebus_care_plan from public;
create role carebus_notifications login password 'for-trying';
create database carebus_notifications owner carebus_notifications;
revoke connect on database carebus_notifications from public;
create role carebus_outcomes login password 'for-trying';
create database carebus_outcomes owner carebus_outcomes;
revoke connect on database carebus_outcomes from public;
create role carebus_audit login password 'for-trying';
create database carebus_audit owner carebus_audit;
revoke connect on database carebus_audit from public;
create role carebus_line login password 'for-trying';
create database carebus_line owner carebus_line;
revoke connect on database carebus_line from public;
