"""The error catalogue: what codes of AWS services mean by their form, such as a name that ends in NotFound."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import re

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.catalogue.entry import Entry

SHAPES: dict[str, Entry] = {
    "*NotFound": Entry(
        "What the request names does not exist in this account and Region, or was made only seconds ago.",
        "Check the name or id in the message, the account and the Region of the cell.",
    ),
    "*AlreadyExists": Entry(
        "What should be created exists already under this name.",
        "Use what exists, or remove or rename it; the message names it.",
    ),
    "*LimitExceeded": Entry(
        "A quota of the service that was called is used up in this account and Region.",
        "Find the quota that the message names in Service Quotas, and raise it or remove what is not needed.",
    ),
    "*TooLarge": Entry(
        "The request is larger than the service takes.",
        "Shorten what the message names, for example by fewer tags, servers or characters.",
    ),
    "*Conflict": Entry(
        "Another change to the same resource is under way.",
        "Run the same command again when the other change has ended.",
        True,
    ),
    "*InUse": Entry(
        "The resource is still in use, or others depend on it.",
        "Detach or remove what uses it, as the message says, then run the same command again.",
    ),
    "KMS*": Entry(
        "A key of KMS that the call needs is disabled, pending deletion, or may not be used by this caller.",
        "Enable the key, or allow its use (kms:Decrypt, kms:GenerateDataKey, kms:CreateGrant) in its key policy and in "
        "the policy of the role of the cell.",
    ),
    "*ChecksumError": Entry(
        "The answer of AWS was damaged on its way.",
        "Run the same command again. If it lasts, look at the proxy between this machine and AWS.",
        True,
    ),
    "*ExplicitDeny": Entry(
        "A policy denies this call explicitly. Allowing it in another policy changes nothing.",
        "The message says of which kind the policy is (identity-based, service control policy, permissions boundary, "
        "session): take the action out of its Deny, if the role of the cell is to make this call, or work as a role "
        "that it does not deny.",
    ),
    "*ExplicitDenyDestructive": Entry(
        "The role of this cell is denied, on purpose, every call of DRS that deletes, disconnects, stops or "
        "terminates: `deny_destructive` of set-up.",
        "Do not lift it: destructive calls have a role of their own, `DRSCleanUp`. `terminate`, `sweep`, a drill with "
        "`recovery_cleanup`, the end of a failback and an extension that is taken back assume it with `-e "
        "drs_clean_up_role_name=DRSCleanUp`, or with that variable in group_vars/drs_cells.yml. See docs/iam.md, Two "
        "roles.",
    ),
    "AWSOrganizationsNotInUseException": Entry(
        "The account belongs to no organization of AWS Organizations.",
        "Use credentials of the management account or of a delegated administrator, or list the accounts yourself: see "
        "docs/inventory.md.",
    ),
    "PendingVerification": Entry(
        "AWS is verifying this account, or has blocked it.",
        "Answer the request of AWS Support that the account's contacts have got, then run the same command again.",
    ),
    "PermanentRedirect": Entry(
        "The bucket is in another Region than the request was sent to.",
        "Name a bucket of the Region that the message names.",
    ),
}

# The form of a code -> an entry here or elsewhere in the catalogue; the first that fits counts. A code that only says
# that something is not supported, failed or was rejected has none: its message has to be read.
_FORMS: tuple[tuple[str, str], ...] = (
    (r"ChecksumError$", "*ChecksumError"),
    (r"Token\w*Expired|Expired\w*Token|(Login|Token|SSO)\w*(Refresh|Reauth)|IdentityExpired", "ExpiredToken"),
    (r"^Invalid(Identity)?Token(Exception)?$|^Invalid(Security|AccessKey)", "InvalidClientTokenId"),
    (r"Throttl|Throughput\w*Exceeded|TooManyRequests|^429$|(Request|Rate|Bandwidth)(Limit|"
     r"Rate)?Exceeded", "Throttling"),
    (r"^KMS|^Kms|^DisabledException$|InvalidKeyUsage|KeyUnavailable", "KMS*"),
    (r"AccessDenied|Unauthori[sz]ed|NotAuthori[sz]ed|Authori[sz]ationError|Forbidden|^403$", "AccessDenied"),
    (r"NotFound|NoSuch|(DoesNot|NotE?)Exist|^404$|^410$", "*NotFound"),
    (r"Already(Exists|Owned|Registered|In[A-Z])", "*AlreadyExists"),
    (r"TooLarge|Size(Limit)?Exceeded|ExceedsSize|^413$", "*TooLarge"),
    (r"(Limit|Quota)s?(Has)?Exceeded|QuotaReached|LimitReached|MaximumExceeded", "*LimitExceeded"),
    (r"(Delete|Dependency)(Conflict|Violation)|In_?Use|NotEmpty", "*InUse"),
    (r"Conflict|InProgress|Concurrent(Modification|Update)|OperationAborted|^409$", "*Conflict"),
    (r"^Internal|^Service(Exception|Failure|Unavailable)|Unavailable(Exception|Error)?$|^Server(Exception|Error)|"
     r"CommunicationError$|^5\d\d$", "InternalFailure"),
    (r"^Blocked$", "PendingVerification"),
    (r"^407$", "ProxyConnectionError"),
    (r"^(Invalid|Malformed|Missing)\w*(?<!Error)$|Validation(Error|Exception)$|^40[05]$", "InvalidParameterValue"),
)  # fmt: skip
PATTERNS = tuple((re.compile(pattern), key) for pattern, key in _FORMS)

# What IAM says of a Deny, and of which calls set-up itself denies them.
EXPLICIT_DENY = "explicit deny"
DESTRUCTIVE = re.compile(r"perform: drs:(Delete|Disconnect|Stop|Terminate)\w+ .*identity-based policy", re.IGNORECASE)

# Codes that several services share and whose entry speaks of DRS, and the operations that are those of DRS.
OF_DRS_ONLY = ("ConflictException", "ResourceNotFoundException", "ServiceQuotaExceededException", "ValidationException")
OF_DRS = re.compile(
    r"Source(Server|Network)|Recovery|Failback|(Replication|Launch)Configuration|LaunchAction|^(Describe|Delete)Job|"
    r"DataReplication|StagingAccounts|InitializeService|^(Start|Stop|Reverse)Replication$|(Tag|Untag)Resource$|"
    r"TagsForResource$"
)
