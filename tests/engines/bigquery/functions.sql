-- BigQuery's functions where DuckDB has none, or one that means something else.
-- Each is checked against Google's own engine by test_meaning.py.

create or replace macro bq_divide(a, b) as case when b = 0 then error('division by zero: ' || a || ' / ' || b) else a / b end;

-- Sunday is 1.
create or replace macro bq_dayofweek(d) as extract(dow from d) + 1;

create or replace macro bq_datetime(ts, zone) as ts at time zone zone;

-- A day is its midnight there.
create or replace macro bq_timestamp(local_time, zone) as cast(local_time as timestamp) at time zone zone;

-- The names that BigQuery knows are those of the tz database, case included.
create or replace macro bq_safe_datetime(ts, zone) as
    case when zone in (select name from pg_timezone_names()) then ts at time zone zone end;

-- Malformed text has no value.
create or replace macro bq_json_value(document, path) as json_value(try_cast(document as json), path) ->> '$';

-- A whole number or nothing: DuckDB rounds '1.5'.
create or replace macro bq_safe_int64(x) as
    case
        when typeof(x) = 'VARCHAR'
            then try_cast(case when regexp_full_match(trim(cast(x as varchar)), '[+-]?([0-9]+|0[xX][0-9a-fA-F]+)') then cast(x as varchar) end as bigint)
        else try_cast(x as bigint)
    end;

-- A number without a fraction is written as a whole one; what BigQuery reads as a float is a decimal to DuckDB.
create or replace macro bq_string(x) as
    case
        when typeof(x) in ('DOUBLE', 'FLOAT') then regexp_replace(cast(x as varchar), '\.0$', '')
        when typeof(x) like 'DECIMAL%' and contains(cast(x as varchar), '.')
            then rtrim(rtrim(cast(x as varchar), '0'), '.')
        else cast(x as varchar)
    end;

-- Equal texts have equal numbers. They are other numbers than Google's.
create or replace macro farm_fingerprint(x) as cast(hash(cast(x as varchar)) >> 1 as bigint);
