"""Patterns that turn a raw error of a launch (EC2, EBS, KMS, IAM) into a code.

The job log hands on a code with its sentence, or the sentence alone, so each class knows both. Read in order, the first
match wins: the more precise stands first, and words that many messages have (key, quota, instance type) name what they
are about.
Sources: the EC2 API reference (error codes of RunInstances, CreateVolume, CreateTags), the DRS user guide.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import re

_CLASSES: tuple[tuple[str, str], ...] = (
    (r"VcpuLimitExceeded|vCPU (capacity|limit)", "launch_vcpu_limit"),
    # what the template names, each by a word of its own
    (r"InvalidKeyPair|key ?pair\b|parameter keyName", "launch_key_pair"),
    (r"disableApiTermination|may not be terminated|termination protection", "launch_cleanup"),
    (r"PendingVerification|account .{0,20}pending verification|account .{0,30}(is|being|been) .{0,20}(verified|"
     r"blocked|suspended)|\bBlocked: |"
     r"verifying your account|request for accessing resources in this region is being validated|AccountDisabled",
     "launch_account"),
    (r"ReservationCapacityExceeded|InvalidCapacityReservation|(capacity|requested) reservation",
     "launch_reservation"),
    (r"TagPolicy|tag polic|TagLimitExceeded|InvalidTag\w*|\btag (key|value)s?\b|instance metadata tags|"
     r"InstanceMetadataTags|(number|maximum) of .{0,12}tags\b", "launch_tags"),
    (r"(maximum|limit|quota)\b(?!.{0,40}attachment).{0,80}\b(has been|is|was) (reached|exceeded)|"
     r"exceeded .{0,20}\bquota\b|"
     r"PendingSnapshotLimit",
     "launch_quota"),
    (r"AllowLaunchingIntoThisInstance|launch.?into.?(EC2)?.?instance", "launch_into"),
    # networks
    (r"InsufficientFreeAddressesInSubnet|\b0 (free|available) (ip |private )?addresses|"
     r"\b(not|no|enough|insufficient|too few|out of)\b.{0,30}\b(free|available|unused|remaining|private|ip)\b.{0,20}"
     r"address(es)?\b.{0,60}\b(subnet|satisfy|left|available)|not enough (free|available) (ip )?addresses|"
     r"no (free|available) (ip|private|addresses)", "launch_subnet_full"),
    (r"Network interfaces and an instance-level|associatePublicIPAddress|"
     r"Invalid(NetworkInterface|Allocation|Association|Address)(ID)?\.(NotFound|Malformed)|"
     r"(interface|allocation)\b.{0,40}(does not exist|not found)|InvalidInterface|Resource\.AlreadyAssociated|"
     r"duplicate device index|\beni-\w+ (cannot|belongs)|primary network interface|"
     r"(address|interface|subnet)\w*\b.{0,80}\bIPv6\b|\bIPv6.{0,80}\b(address|interface|subnet|CIDR)|"
     r"\d network interfaces", "launch_interface"),
    (r"InvalidIPAddress\.InUse|PrivateIpAddress.*in use|NetworkInterface\.InUse|interface\b.{0,40}\bin use|"
     r"Address .{0,60}(is (already )?in use|does not fall within|reserved address range)|"
     r"address .{0,40}(already|in use)|\b(IP|address) \S+ (is|was) (assigned|allocated|used)", "launch_address_in_use"),
    (r"InvalidSubnet(ID)?\b|parameter subnetId|subnet (ID )?'?[^' ]*'? ?does not exist|InvalidVpcID|"
     r"vpc ID .{0,40}does not exist", "launch_subnet_invalid"),
    (r"VPCIdNotSpecified|DefaultVpcDoesNotExist|no default (VPC|subnet)|no subnets? (found|for)|MissingInput",
     "launch_no_subnet"),
    (r"SecurityGroupsPerInterfaceLimitExceeded|RulesPerSecurityGroupLimitExceeded", "launch_quota"),
    (r"InvalidGroup(Id)?\b|parameter groupId|InvalidSecurityGroup|"
     r"security groups? .*(does not exist|different networks)|belong to different networks", "launch_security_group"),
    # keys and rights
    (r"ModifySnapshotAttribute|Not authorized to use key|shared.*key.*(access|permission)|"
     r"default key cannot be shared|NotAuthorizedForSource", "launch_kms_share"),
    (r"\bKMS|kms:|customer (master|managed) key|\bCMK\b|ciphertext|encryption key|InvalidKMSKey|Client\.InternalError|"
     r"CreateGrant|"
     r"\bkey alias|\bkey\b.{0,100}(is disabled|pending (deletion|import)|is not accessible|incorrect state)|"
     r"NotFoundException.{0,20}: Key ", "launch_kms"),
    (r"PassRole|pass (the )?role", "launch_pass_role"),
    (r"UnauthorizedOperation|Access ?Denied|denied by|service control polic|encoded authorization|explicit deny|"
     r"do(es)? not have permission", "launch_denied"),
    (r"iamInstanceProfile|instance profile", "launch_profile"),
    # software
    (r"instance (configuration|type) for this AWS Marketplace product", "launch_instance_type"),
    (r"OptInRequired|marketplace|product code", "launch_marketplace"),
    (r"Invalid(PlacementGroup|Host)|placement group|PlacementGroup|UnsupportedHost|availability zone: ?\[|"
     r"InvalidAvailabilityZone|\bzone .{0,40}(is invalid|does not exist|not available)|InvalidZone|partition number|"
     r"host ID .{0,40}does not exist|\bhost h?-?\w* ?is (in state|released|unavailable)|"
     r"capacity .{0,20}(dedicated )?host\b", "launch_placement"),
    (r"BYOL|licen[sc]|dedicated host|host resource group|tenancy", "launch_licence"),
    (r"boot ?mode|\bUEFI\b|architecture", "launch_boot_mode"),
    # the cards that a type can have, before the disks that can be attached
    (r"interface count", "launch_instance_type"),
    # disks: the snapshot before the volume made from it
    (r"InvalidSnapshot(ID)?\.NotFound|\bsnapshot\b.{0,40}(does not exist|not accessible|not shared|not found|"
     r"not be found|(was|is|"
     r"been) (deleted|removed))",
     "launch_snapshot_gone"),
    (r"Max\w+CountExceeded|(MaxIOPS|IOPS|VolumeIOPS)\w*LimitExceeded|too many .{0,30}(pending|in progress)|"
     r"ResourceCountExceeded", "launch_quota"),
    (r"\biops\b|InvalidBlockDeviceMapping|InvalidVolume|UnknownVolumeType|(unknown|invalid) volume type|"
     r"AttachmentLimitExceeded|number of (volume )?attachments|block.device.mapping|\b(number|"
     r"maximum) .{0,20}block devices|\bthroughput\b|"
     r"volume (of )?size|\bvolume\b.{0,30}(too (large|small)|exceeds|does not exist)|attach .{0,20}volumes|"
     r"smaller than snapshot|InvalidDevice|VolumeInUse|VolumeTypeNotAvailable|DiskImageSize", "launch_disk"),
    (r"InvalidLaunchTemplate|launch template|InvalidAMIID|image id '?\[|\bAMI\b.{0,40}\b(not|invalid)\b",
     "launch_template"),
    (r"conversion (server|failed)|HTTP channel|not bootable|boot ?loader|\bgrub\b|\bfstab\b|initramfs|initrd",
     "launch_conversion"),
    # the type, wherever it stands in the sentence; its zone before its capacity
    (r"Enhanced networking|\bENA\b|InvalidInstanceType|Unsupported\b|"
     r"UnsupportedInstance|\b[a-z]\w*\d\w*\.(\w*large|medium|small|micro|nano|metal)\b(?!.*\bcapacity\b).{0,40}"
     r"\b(does not|doesn't|(is|are) not|isn't|cannot|no longer|retired)\b|"
     r"instance types?.{0,60}(retired|deprecated|no longer)|"
     r"not supported in your requested Availability Zone|EBS-optimized|"
     r"instance types?.{0,60}(not|only|does|do not)\b|for InstanceType|InstanceType.{0,40}(invalid|not)|"
     r"requested configuration|core count|threads per core|virtualization type|Elastic Fabric|\bEFA\b|"
     r"instance.{0,60}hibernation|hibernation.{0,60}instance|\bNVMe\b|Nitro", "launch_instance_type"),
    # room
    (r"Insufficient\w*Capacity|Unfulfillable|unable to fulfill|capacity-not-available|zone .{0,40}constrained|"
     r"(insufficient|sufficient|enough|no)\b.{0,40}\bcapacity", "launch_capacity"),
    (r"\w+LimitExceeded(Exception)?\b(?<!RequestLimitExceeded)|MaxSpotInstanceCountExceeded|"
     r"ServiceQuotaExceeded|\bquota\b|(exceeded|reached|exceeds) (your|the|an?) .{0,40}(limit|maximum)",
     "launch_quota"),
    (r"RequestLimitExceeded|Throttl|rate exceeded|Too ?Many ?Requests|SlowDown|rate of .{0,40}(calls|"
     r"requests)", "launch_throttled"),
    (r"not authorized|AuthFailure", "launch_denied"),
    # the machine on its way
    (r"IncorrectInstanceState|IncorrectState|InvalidInstanceID|instance ID .{0,40}does not exist|"
     r"not in a state from which|instance\b.{0,40}\b(was|has been) (terminated|stopped)|(User|"
     r"Instance)InitiatedShutdown|Spot\w*Termination", "launch_instance_gone"),
    (r"post.?launch|SSM (command|automation|document)", "launch_post_action"),
    (r"fail\w* to take (a )?snapshot", "launch_snapshot"),
    (r"lifecycle state", "launch_skipped"),
    (r"InternalError|InternalFailure|InternalServer|ServiceUnavailable|Server\.Unavailable|internal (server|"
     r"service) error|"
     r"\bHTTP( status| error)?( code)? 5\d\d|Status ?Code: 5\d\d|"
     r"\bUnavailable: |"
     r"is overloaded|internal error",
     "launch_service_fault"),
    (r"\bspot\b|hibernation|Idempotent|Invalid(Parameter|Request|UserData|Option|Input|Attribute)\w*|(Missing|"
     r"Unknown)Parameter|"
     r"ParamValidation|(invalid|not a valid) value|shutdown behavior|MalformedLaunch|UnsupportedOperation|"
     r"OperationNotPermitted|user data", "launch_parameter"),
)  # fmt: skip

# What the sentence is about, where no class knows its words and it says that a request is refused: each version of a
# service may say it its own way. What happens later, and the service's own defects, are no refusals.
_TOPICS: tuple[tuple[str, str], ...] = (
    (r"\btags?\b", "launch_tags"),
    (r"\b(volumes?(?! of)|snapshots?|disks?|EBS|device name|gp[23]|io[12])\b", "launch_disk"),
    (r"instance (type|family|size)", "launch_instance_type"),
    (r"security groups?\b", "launch_security_group"),
    (r"\bsubnets?\b", "launch_subnet_invalid"),
    (r"network interfaces?\b|elastic IP", "launch_interface"),
    (r"\bvalue\b.{0,60}\b(for|of)\b|\bparameter\b|IMDS|metadata (options|defaults)", "launch_parameter"),
)  # fmt: skip
_REFUSED = (
    r"\b(invalid|malformed|unsupported|incompatible|duplicate|reserved|cannot|can't|could not|unable|must|requires?|"
    r"required|both|"
    r"exceed\w*|limits?|limited|maximum|minimum|at (most|least)|more than|only|too (many|large|small|long|short)|"
    r"denied|"
    r"conflict\w*|mismatch|wrong|unknown|missing|(not|n't) (\w+ )?(valid|supported|allowed|found|exist|permitted|"
    r"available|"
    r"enabled|be|match|belong|support|specify|specified|in|a|an|one|have|been)|no such|differs?|outside|below|above|"
    r"disallowed|forbidden|prohibited|rejected|refused)\b"
)
_OWN_DEFECT = (
    r"\b(exception|metrics?|cache|token|internal (record|state)|assertion|controller|statistics|compar\w+|pars\w+|"
    r"worker|object|reader|serial\w+)\b"
)

RAW_PATTERNS = tuple((re.compile(pattern, re.IGNORECASE), code) for pattern, code in _CLASSES)
TOPICS = tuple((re.compile(pattern, re.IGNORECASE), code) for pattern, code in _TOPICS)
REFUSED = re.compile(_REFUSED, re.IGNORECASE)
OWN_DEFECT = re.compile(_OWN_DEFECT, re.IGNORECASE)
