"""The error catalogue, AWS part: codes that AWS services return and that botocore raises.

A key ``Operation:Code`` is the meaning of a code for one operation and wins over the plain code.
Sources: the botocore model of drs (eight modelled errors and the operations that carry them), the STS common errors,
the DRS user guide, botocore.exceptions.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.catalogue.entry import Entry

_THROTTLED = Entry(
    "AWS is limiting the rate of calls of this account and Region, and the built-in retries did not outlast it.",
    "Run the same command again; nothing is done twice. If it recurs, lower `forks` or find what else calls DRS there.",
    True,
)
_SERVICE_FAULT = Entry(
    "AWS answered with an internal error or was briefly unavailable, and the built-in retries did not outlast it.",
    "Run the same command again; what was already started is found and adopted. "
    "If it lasts, look at the AWS Health Dashboard for the Region.",
    True,
)
_EXPIRED = Entry(
    "The credentials this command runs with have expired.",
    "Renew the caller's credentials (for example `aws sso login`) and run the same command again; it continues "
    "where it was.",
)
_BAD_KEYS = Entry(
    "AWS does not know the credentials this command runs with.",
    "Check `profile` or `access_key`, `secret_key` and `session_token` with `aws sts get-caller-identity`. "
    "If they are right, the Region is an opt-in Region that is not enabled in the account.",
)
_BAD_SIGNATURE = Entry(
    "AWS rejected the signature of the request: the secret key is wrong, or the clock of this machine is.",
    "Check the secret key, and that the clock is synchronised (`timedatectl`); AWS accepts at most five minutes of "
    "difference.",
)
_NO_CREDENTIALS = Entry(
    "No AWS credentials were found on the machine that runs the modules.",
    "Set `profile`, or AWS_PROFILE or AWS_ACCESS_KEY_ID in the environment, or attach the AWS credential to the job "
    "template.",
)
_NOT_ENABLED = Entry(
    "The Region is not enabled in this account, or the account is not subscribed to the service there.",
    "Enable it with `aws account enable-region --region-name REGION` in that account, or take the Region out of the "
    "inventory.",
)
_DENIED = Entry(
    "The role of this cell may not make this call.",
    "Add the action that the message names to the role's policy, and look for a service control policy or a "
    "permissions "
    "boundary that denies it.",
)
_UNREACHABLE = Entry(
    "The endpoint could not be reached: its name does not resolve, nothing answers, or the network path is blocked.",
    "Check the spelling of the Region, the proxy and the route to port 443, and `endpoint_url` if one is set; then "
    "run again.",
    True,
)
_TIMED_OUT = Entry(
    "The endpoint did not answer in time; whether the request took effect is not known.",
    "Run the same command again: it looks first for what the lost request started, and adopts it.",
    True,
)
_DROPPED = Entry(
    "The connection broke before the answer arrived; whether the request took effect is not known.",
    "Run the same command again: it looks first for what the lost request started, and adopts it.",
    True,
)
_BAD_ROLE = Entry(
    "The role of this cell cannot be assumed: it is missing, its trust policy does not admit this caller, or the "
    "external "
    "id is missing or wrong (AWS does not say which).",
    "Compare `assume_role_arn` with the role in that account, its trust policy with `aws sts get-caller-identity`, and "
    "sts:ExternalId in the trust policy with `external_id` of the cell. In an account that was never set up no role "
    "exists: `ansible-playbook resilience.drs.setup --check` says so, and without --check it makes the role.",
)
_QUOTA = Entry(
    "A DRS quota of this account and Region is used up.",
    "See which with the `resilience.drs.status` playbook; raise it in Service Quotas if it is adjustable.",
)
_JOB_QUOTA = Entry(
    "DRS runs as many jobs, or servers in jobs, as this account and Region allow.",
    "Wait for running jobs to end (see `resilience.drs.drs_job_info`) and run the same command again; it queues by "
    "itself.",
    True,
)
_CONFLICT = Entry(
    "Another change to the same resource is under way, or its state does not allow this call.",
    "Look at the active jobs with `resilience.drs.drs_job_info`, and run the same command again when they have ended.",
    True,
)
_NO_LIBRARY = Entry(
    "The installed botocore does not know this service, operation or parameter.",
    "Install the botocore and boto3 that requirements.txt of this collection names, in the Python that runs the "
    "modules.",
)

_BAD_CONFIG = Entry(
    "The AWS configuration of the machine that runs the modules cannot be used.",
    "Correct ~/.aws/config (or AWS_CONFIG_FILE) and the AWS_ variables that the message names (`aws configure list`).",
)
_BAD_RETRY = _BAD_CONFIG._replace(
    cause="The retries that botocore is configured with cannot be.",
    remedy="Set `retry_mode` (AWS_RETRY_MODE) to legacy, standard or adaptive, and `max_attempts` (AWS_MAX_ATTEMPTS) "
    "to a number above 0, or take them out of ~/.aws/config.",
)
_BAD_PROXY = _BAD_CONFIG._replace(
    cause="The proxy that botocore is configured with cannot be used.",
    remedy="Correct HTTPS_PROXY and NO_PROXY, or `proxies` in `aws_config` of the cell.",
)
_BAD_ENDPOINT = _BAD_CONFIG._replace(
    cause="There is no endpoint of the kind that is configured (own, dual-stack or FIPS) for this service and Region.",
    remedy="Check `endpoint_url` of the cell, AWS_USE_FIPS_ENDPOINT and AWS_USE_DUALSTACK_ENDPOINT; not every Region "
    "has every kind.",
)
_BAD_METADATA = _BAD_CONFIG._replace(
    cause="The instance metadata, from which the credentials should come, could not be read.",
    remedy="Attach an instance profile to the controller and check AWS_EC2_METADATA_DISABLED, the hop limit of a "
    "container (2), and that 169.254.169.254 is in NO_PROXY.",
)
_NO_MFA = _BAD_CONFIG._replace(
    cause="The session of an MFA-protected profile has expired and cannot be renewed without a new code.",
    remedy="Renew it (for example with `aws sts get-session-token`), and run again; runs that outlast a session need "
    "credentials without MFA.",
)

AWS = {
    # Modelled by drs.
    "AccessDeniedException": _DENIED,
    "ConflictException": _CONFLICT,
    "InternalServerException": _SERVICE_FAULT,
    "ResourceNotFoundException": Entry(
        "DRS has no such resource in this account and Region.",
        "Check the id, the account and the Region; list what is there with `resilience.drs.drs_source_server_info`.",
    ),
    "ServiceQuotaExceededException": _QUOTA,
    "ThrottlingException": _THROTTLED,
    "UninitializedAccountException": Entry(
        "DRS has not been initialised in this account and Region.",
        "Check first that this Region is meant, for whoever initialises a Region uses it: it stands under `regions` of "
        "the account in the inventory of cells, and servers of another Region are not found here. If it is, run "
        "`ansible-playbook resilience.drs.setup` for that cell; otherwise correct the inventory.",
    ),
    "ValidationException": Entry(
        "DRS found the request malformed, or not allowed for the state the server is in.",
        "Read the message for the field or the server; the `resilience.drs.status` playbook shows the server's state.",
    ),
    # The same codes where an operation gives them a meaning of its own.
    "StartRecovery:ConflictException": Entry(
        "The server is being processed by another job, or DRS does not launch it in the state it is in.",
        "Find the job with `resilience.drs.drs_job_info`. If it belongs to this run it is adopted; "
        "otherwise wait for its end and run again. Without a job, the message and the `resilience.drs.status` "
        "playbook say what is wrong with the server.",
        True,
    ),
    "StartRecovery:NoPointInTime": Entry(
        "DRS has no consistent point in time of the server yet, or no longer.",
        "Wait for the end of its initial sync and the first point in time after it, or repair replication; the "
        "`resilience.drs.status` playbook shows both. Then run the same command again with "
        "`-e recovery_retry_failed=true`.",
        True,
    ),
    "StartRecovery:ServiceQuotaExceededException": _JOB_QUOTA,
    "StartFailbackLaunch:ServiceQuotaExceededException": _JOB_QUOTA,
    "TerminateRecoveryInstances:ServiceQuotaExceededException": _JOB_QUOTA,
    "TerminateRecoveryInstances:ConflictException": Entry(
        "A recovery instance is in another job, or its reverse replication is still on.",
        "Wait for the job to end; if the instance replicates back, stop replication of the reversed source server "
        "first.",
        True,
    ),
    "CreateExtendedSourceServer:AccessDeniedException": Entry(
        "The target account may not use the staging account's servers, or the caller may not extend them.",
        "Say `extend_to` of the staging account in the inventory of cells, and run `ansible-playbook "
        "resilience.drs.setup` for both: it makes DRSStagingAccountRole_<target account> in the staging account.",
    ),
    "DeleteSourceServer:ConflictException": Entry(
        "DRS deletes a source server only after it was disconnected, and not while a recovery plan holds it.",
        "Disconnect it first, and take it out of native recovery plans.",
    ),
    "AssumeRole:AccessDenied": _BAD_ROLE,
    "AssumeRole:AccessDeniedException": _BAD_ROLE,
    "AssumeRole:ValidationError": Entry(
        "STS found the role ARN, the session name or the external id malformed.",
        "Check `assume_role_arn` (arn:aws:iam::111111111111:role/NAME), `role_session_name` (2 to 64 of letters, "
        "digits and "
        "+=,.@_-) and the length of `external_id` (2 to 1224).",
    ),
    "AssumeRole:RoleChaining": Entry(
        "A role that is assumed from another role (role chaining) lasts at most one hour, and more was asked for.",
        "Leave the duration of the session out (AWS_ROLE_DURATION, `duration_seconds` of the profile) or set it to "
        "3600; long waits renew the session by themselves.",
    ),
    "AssumeRole:SessionTooLong": Entry(
        "The session of the role is asked for longer than the role allows.",
        "Ask for less (`duration_seconds` of the profile), or raise the maximum session duration of the role.",
    ),
    "AssumeRole:SetSourceIdentity": Entry(
        "The caller's session has a source identity, and the role's trust policy does not let it be passed on.",
        "Add sts:SetSourceIdentity beside sts:AssumeRole to the trust policy of the role (`assume_role_arn` of the "
        "cell), and to the policy of the caller.",
    ),
    "AssumeRole:TagSession": Entry(
        "The caller's session carries session tags, and the role's trust policy does not let them be passed on.",
        "Add sts:TagSession beside sts:AssumeRole to the trust policy of the role (`assume_role_arn` of the cell), "
        "and to the policy of the caller.",
    ),
    "AssumeRole:RegionDisabledException": Entry(
        "STS is not active for this account in this Region.",
        "Activate the Region's STS endpoint in the IAM account settings of the calling account.",
    ),
    # Access, from STS and every other service.
    "AccessDenied": _DENIED,
    "UnauthorizedOperation": _DENIED,
    "UnauthorizedException": _DENIED,
    "NotAuthorized": _DENIED,
    "AuthFailure": Entry(
        "AWS did not accept the credentials for this Region, or they may not use the resource that the message names.",
        "If the message names a key or snapshot, share it with this account; otherwise check that the Region is "
        "enabled "
        "(`aws account list-regions`) and the credentials with `aws sts get-caller-identity`.",
    ),
    "OptInRequired": _NOT_ENABLED,
    "SubscriptionRequiredException": _NOT_ENABLED,
    "RegionDisabledException": _NOT_ENABLED,
    "ExpiredToken": _EXPIRED,
    "ExpiredTokenException": _EXPIRED,
    "RequestExpired": _EXPIRED._replace(
        cause="The request or the credentials behind it had expired when AWS read them.",
        remedy="Renew the caller's credentials, and check that the clock of this machine is synchronised "
        "(`timedatectl`).",
    ),
    "TokenRefreshRequired": _EXPIRED,
    "SSOTokenLoadError": _EXPIRED,
    "UnauthorizedSSOTokenError": _EXPIRED,
    "TokenRetrievalError": _EXPIRED,
    "CredentialRetrievalError": _NO_CREDENTIALS._replace(cause="The configured source of AWS credentials gave none."),
    "InvalidClientTokenId": _BAD_KEYS,
    "UnrecognizedClientException": _BAD_KEYS,
    "InvalidAccessKeyId": _BAD_KEYS,
    "InvalidSignatureException": _BAD_SIGNATURE,
    "SignatureDoesNotMatch": _BAD_SIGNATURE,
    "IncompleteSignature": _BAD_SIGNATURE,
    "RequestTimeTooSkewed": _BAD_SIGNATURE,
    "MissingAuthenticationToken": _NO_CREDENTIALS,
    "MissingAuthenticationTokenException": _NO_CREDENTIALS,
    "NoCredentialsError": _NO_CREDENTIALS,
    "PartialCredentialsError": _NO_CREDENTIALS._replace(
        cause="Only a part of the AWS credentials is set.",
        remedy="Set `access_key` and `secret_key` together (and `session_token` with temporary ones), or neither.",
    ),
    "ProfileNotFound": _NO_CREDENTIALS._replace(
        cause="The AWS profile does not exist on the machine that runs the modules.",
        remedy="Check `profile` against ~/.aws/config of that machine (`aws configure list-profiles`).",
    ),
    "MalformedPolicyDocument": Entry(
        "A policy that was passed along is not valid.", "Correct the policy document named in the message."
    ),
    # Rate and availability.
    "Throttling": _THROTTLED,
    "ThrottledException": _THROTTLED,
    "RequestThrottled": _THROTTLED,
    "RequestThrottledException": _THROTTLED,
    "RequestLimitExceeded": _THROTTLED,
    "TooManyRequestsException": _THROTTLED,
    "SlowDown": _THROTTLED,
    "PriorRequestNotComplete": _THROTTLED,
    "InternalError": _SERVICE_FAULT,
    "InternalFailure": _SERVICE_FAULT,
    "InternalServerError": _SERVICE_FAULT,
    "ServiceUnavailable": _SERVICE_FAULT,
    "ServiceUnavailableException": _SERVICE_FAULT,
    "Unavailable": _SERVICE_FAULT,
    # The way there.
    "EndpointConnectionError": _UNREACHABLE,
    "ProxyConnectionError": _UNREACHABLE._replace(cause="The proxy could not be reached."),
    "SSLError": _UNREACHABLE._replace(
        cause="The TLS connection to the endpoint could not be made.",
        remedy="Check `aws_ca_bundle` and whether a proxy on the way opens TLS; do not switch `validate_certs` off.",
        retryable=False,
    ),
    "ConnectTimeoutError": _UNREACHABLE,
    "HTTPClientError": _UNREACHABLE,
    "ReadTimeoutError": _TIMED_OUT,
    "RequestTimeout": _TIMED_OUT,
    "RequestTimeoutException": _TIMED_OUT,
    "ConnectionClosedError": _DROPPED,
    "ConnectionError": _DROPPED,
    "IncompleteReadError": _DROPPED,
    "ResponseStreamingError": _DROPPED,
    "ResponseParserError": _DROPPED._replace(
        cause="What answered did not answer as AWS does; a proxy may stand between."
    ),
    "PaginationError": _DROPPED._replace(
        cause="A list does not come to its end: AWS, or a proxy between, answers with the same page again."
    ),
    "InvalidEndpointDiscoveryConfigurationError": _UNREACHABLE._replace(retryable=False),
    # How botocore itself is configured, on the machine that runs the modules.
    "ConfigParseError": _BAD_CONFIG,
    "ConfigNotFound": _BAD_CONFIG,
    "InvalidConfigError": _BAD_CONFIG,
    "InvalidDefaultsMode": _BAD_CONFIG,
    "InfiniteLoopConfigError": _BAD_CONFIG,
    "UnknownCredentialError": _BAD_CONFIG,
    "InvalidSTSRegionalEndpointsConfigError": _BAD_CONFIG,
    "InvalidRetryConfigurationError": _BAD_RETRY,
    "InvalidRetryModeError": _BAD_RETRY,
    "InvalidMaxRetryAttemptsError": _BAD_RETRY,
    "InvalidProxiesConfigError": _BAD_PROXY,
    "InvalidEndpointConfigurationError": _BAD_ENDPOINT,
    "EndpointVariantError": _BAD_ENDPOINT,
    "UnknownFIPSEndpointError": _BAD_ENDPOINT,
    "EndpointProviderError": _BAD_ENDPOINT,
    "MetadataRetrievalError": _BAD_METADATA,
    "InvalidIMDSEndpointError": _BAD_METADATA,
    "InvalidIMDSEndpointModeError": _BAD_METADATA,
    "RefreshWithMFAUnsupportedError": _NO_MFA,
    "SSOError": _EXPIRED,
    "UnknownRegionError": Entry(
        "The Region is not a name AWS could have.", "Check `region` of the cell, for example `eu-central-1`."
    ),
    "MissingDependencyException": _NO_LIBRARY._replace(
        cause="A library that botocore needs for this kind of credentials is not installed.",
        remedy="Install what the message names (for example `awscrt`) in the Python that runs the modules.",
    ),
    # Regions and parameters.
    "NoRegionError": Entry("No Region was given.", "Set `region` of the cell, or AWS_REGION in the environment."),
    "InvalidRegionError": Entry(
        "The Region is not a name AWS could have.", "Check `region` of the cell, for example `eu-central-1`."
    ),
    "InvalidRegion": Entry(
        "AWS knows no such Region, or DRS is not offered there.",
        "Check `region` of the cell against `aws ec2 describe-regions --all-regions`.",
    ),
    "UnknownEndpoint": Entry(
        "AWS knows no such Region, or DRS is not offered there.",
        "Check `region` of the cell against `aws ec2 describe-regions --all-regions`.",
    ),
    "ParamValidationError": Entry(
        "The request broke the rules of the API before it was sent.",
        "Correct the parameter that the message names; if the option looks right, report it as a defect of this "
        "collection.",
    ),
    "InvalidParameterValue": Entry(
        "AWS refused the value of a parameter.", "Correct the parameter that the message names."
    ),
    "ValidationError": Entry("AWS refused the value of a parameter.", "Correct the parameter that the message names."),
    "UnknownServiceError": _NO_LIBRARY,
    "OperationNotPageableError": _NO_LIBRARY,
    "DataNotFoundError": _NO_LIBRARY,
    "UnknownOperationException": _NO_LIBRARY._replace(
        cause="The service does not know this operation in this Region.",
        remedy="Leave the option that needs it unset; the feature is not offered in this Region yet.",
    ),
}

# What a message says more precisely than its code, by the operation: a pattern, and the entry that it means.
_LAUNCH = (
    (r"being processed by a job", "StartRecovery:ConflictException"),
    (r"snapshot pit-\w+ .{0,80}(does not|no longer) exist", "no_point_in_time"),
    (r"extension error", "extension_error"),
    (r"\bvolume .{0,80}(status|missing|pending|attribute)", "volume_not_ready"),
    (r"(recovery|consistent) point|points? in time|(recovery|consistent) snapshot", "StartRecovery:NoPointInTime"),
    (r"not replicating|replication (is|was) (stopped|disconnected)|is (stopped|disconnected)", "not_recoverable"),
)
BY_MESSAGE = {
    "StartRecovery": _LAUNCH,
    "AssumeRole": (
        (r"role chaining", "AssumeRole:RoleChaining"),
        (r"DurationSeconds exceeds|MaxSessionDuration", "AssumeRole:SessionTooLong"),
        (r"sts:SetSourceIdentity|source identity", "AssumeRole:SetSourceIdentity"),
        (r"sts:TagSession|session tags? .{0,40}\b(not|denied|refused)\b", "AssumeRole:TagSession"),
    ),
}
