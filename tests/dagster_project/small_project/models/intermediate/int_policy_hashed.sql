select 'p1' as policy_hash
