-- These served the first worklist.
drop index referral_worklist, referral_decided, referral_received;
