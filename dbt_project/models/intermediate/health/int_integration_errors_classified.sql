{# The classes in the order in which they are tried, with the words by which each is known (a percent sign stands for
   anything between) and the statuses of HTTP that mean it. The classes of data come first, because the names of tables
   and fields, which their errors quote, may hold the words of any other class. #}
{% set classes = [
    {
        'name': 'schema_change',
        'phrases': [
            'column %does not exist', 'column %doesn t exist', 'column %not found', 'column %was removed',
            'column %has been removed', 'column %was renamed', 'column %changed from', 'no such column',
            'unknown column', 'invalid column name', 'undefined column', 'undefinedcolumn', 'missing column',
            'invalid identifier', 'unrecognized name', 'relation %does not exist', 'table %does not exist',
            'table %doesn t exist', 'table %not found', 'no such table', 'undefined table', 'unknown table',
            'object %does not exist', 'sheet %not found', 'field %does not exist', 'field %not found',
            'no such field', 'unknown field', 'unrecognized field', 'invalid field', 'property %does not exist',
            'property doesnt exist', 'schema changed', 'schema has changed', 'schema change', 'schema mismatch',
            'schema drift', 'unexpected column'
        ],
        'statuses': [],
        'fix': 'Open the field mapping and choose the table or field again that was renamed, changed or removed at the source.'
    },
    {
        'name': 'mapping_error',
        'phrases': [
            'type mismatch', 'datatype mismatch', 'cannot cast', 'could not cast', 'cannot convert', 'could not convert',
            'cannot be converted', 'conversion failed', 'is of type %but expression', 'invalid input syntax',
            'invalid date', 'invalid datetime', 'invalid number', 'invalid email address', 'invalid value for field',
            'invalid value for column', 'invalid value for property', 'malformed id', 'parse %as', 'required field',
            'required fields', 'field %is required', 'property %is required', 'column %is required', 'not null constraint',
            'null value in column', 'cannot be null', 'must not be null', 'may not be null', 'picklist', 'field mapping',
            'mapping error', 'mapping failed', 'no mapping', 'not mapped', 'unmapped', 'duplicate value',
            'duplicates value', 'duplicate key', 'value too long', 'string too long', 'data truncation',
            'custom validation exception', 'value %out of range'
        ],
        'statuses': [],
        'fix': 'Open the field mapping and correct the field that the error names: a value there does not fit its type, or is empty where one is needed.'
    },
    {
        'name': 'rate_limit',
        'phrases': [
            'rate limit', 'rate limits', 'rate limited', 'rate limiting', 'ratelimit', 'ratelimited', 'ratelimitexceeded',
            'userratelimitexceeded', 'rate exceeded', 'too many requests', 'toomanyrequests',
            'toomanyrequestsexception', 'throttled', 'throttling', 'throttlingexception', 'request limit exceeded',
            'quota exceeded', 'quotaexceeded', 'exceeded %quota', 'daily quota', 'api limit', 'daily limit',
            'secondly limit', 'rolling limit', 'concurrent request limit', 'slowdown'
        ],
        'statuses': ['429'],
        'fix': 'Let it run less often or with fewer objects at once, or raise the API limit of your plan there: it asked for more than that tool allows.'
    },
    {
        'name': 'missing_permission',
        'phrases': [
            'insufficient scope', 'insufficient scopes', 'insufficient authentication scopes', 'insufficient permission',
            'insufficient permissions', 'insufficient privileges', 'insufficient access', 'missing scope',
            'missing scopes', 'permission denied', 'permissions denied', 'access denied', 'accessdenied',
            'accessdeniedexception', 'not authorized to', 'not permitted', 'does not have permission',
            'does not have access', 'do not have permission', 'no permission', 'lacks permission', 'lacks usage',
            'lacks %permission', 'lacks %privilege', 'missing permission', 'missing permissions', 'requires %permission',
            'requires %scope', 'requires %role'
        ],
        'statuses': ['403'],
        'fix': 'Give the connected user the permission that the error names, or connect it again as an administrator of that tool.'
    },
    {
        'name': 'expired_credential',
        'phrases': [
            'invalid grant', 'invalid session id', 'session expired', 'session has expired', 'expired session',
            'token expired', 'token has expired', 'token is expired', 'token has been expired', 'token for %expired',
            'expired token', 'expired access token', 'expired refresh token', 'expired or revoked', 'expiredtoken', 'token %revoked', 'token %inactive', 'token rejected',
            'invalid token', 'invalidtoken', 'invalid access token', 'invalid refresh token', 'invalid oauth token',
            'invalid api key', 'incorrect api key', 'api key %invalid', 'api key %expired', 'bad credentials',
            'invalid credentials', 'credentials expired', 'credentials have expired', 'credential expired',
            'credentials %revoked', 'password expired', 'password has expired', 'invalid login', 'invalid username', 'invalid password', 'incorrect password',
            'incorrect username or password', 'authentication failed', 'authentication failure', 'authentication required',
            'authentication is required', 'auth failed', 'invalid auth', 'not authed', 'login failed', 'unauthenticated',
            'reauthenticate', 'reauthorize', 'invalid client', 'account inactive'
        ],
        'statuses': ['401'],
        'fix': 'Connect it again with a user whose password or key is valid: the sign-in that is stored is no longer accepted there.'
    },
    {
        'name': 'network',
        'phrases': [
            'econnreset', 'econnrefused', 'econnaborted', 'etimedout', 'enotfound', 'ehostunreach', 'enetunreach', 'epipe',
            'eai again', 'connection reset', 'connection refused', 'connection timed out', 'connection timeout',
            'connection closed', 'connection aborted', 'connection lost', 'connection error', 'could not connect',
            'could not reach', 'unable to connect', 'cannot connect', 'failed to connect', 'timed out', 'timeout',
            'timeouterror', 'sockettimeoutexception', 'deadline exceeded', 'socket hang up', 'broken pipe',
            'network is unreachable', 'network unreachable', 'network error', 'no route to host', 'host unreachable',
            'name resolution', 'getaddrinfo', 'could not resolve', 'no such host', 'nxdomain', 'unknownhostexception',
            'x509', 'certificate', 'tls handshake', 'ssl', 'handshake', 'bad gateway', 'service unavailable',
            'gateway timeout', 'temporarily unavailable', 'unexpected eof', 'remote end closed'
        ],
        'statuses': ['408', '502', '503', '504'],
        'fix': 'Check the address, and that your firewall, proxy and certificate let our servers reach it.'
    }
] %}
{# A number is a status only where something says so; 403 rows are no lack of permission. #}
{% set before_status = ['http', 'http 1 1', 'status', 'status code', 'code', 'error'] %}
{% for class in classes %}
{% set by_status = [] %}
{% for status in class['statuses'] %}
{% do by_status.append("code_words like '% " ~ status ~ " %'") %}
{% for word in before_status %}
{% do by_status.append("words like '% " ~ word ~ " " ~ status ~ " %'") %}
{% endfor %}
{% endfor %}
{% do class.update({
        'is_said': "words like '% " ~ class['phrases'] | join(" %' or words like '% ") ~ " %'",
        'is_status': by_status | join(' or ')
}) %}
{% endfor %}

with integrations as (

    select * from {{ ref('int_integrations_failing') }}

),

accounts as (

    select * from {{ ref('dim_accounts') }}

),

-- What the customer is called says nothing about the error, whatever words the name is made of.
errors_in_words as (

    select
        integrations.*,
        {{ words_of('integrations.error_code') }} as code_words,
        {{ words_of('integrations.error_code') }}
        || case
            when trim({{ words_of('accounts.account_name') }}) = '' then {{ words_of('integrations.error_message') }}
            else replace({{ words_of('integrations.error_message') }}, {{ words_of('accounts.account_name') }}, ' ')
        end as words
    from integrations
    left join accounts
        on integrations.account_id = accounts.account_id

),

-- What an error says goes before its status: vendors answer 403 for a limit, and 400 for everything.
errors_classified as (

    select
        *,
        case
            {%- for class in classes %}
            when {{ class['is_said'] }} then '{{ class['name'] }}'
            {%- endfor %}
            {%- for class in classes if class['statuses'] %}
            when {{ class['is_status'] }} then '{{ class['name'] }}'
            {%- endfor %}
            when words like '% unauthorized %' then 'expired_credential'
            when words like '% forbidden %' then 'missing_permission'
            else 'unknown'
        end as error_class
    from errors_in_words

),

final as (

    select
        account_id,
        integration,
        error_code,
        error_class,
        error_message,
        case error_class
            {%- for class in classes %}
            when '{{ class['name'] }}' then '{{ class['fix'] }}'
            {%- endfor %}
        end as proposed_fix,
        log_url,
        failed_at
    from errors_classified

)

select * from final
