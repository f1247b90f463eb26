"""Patterns that turn the output of a failed installation into a code, by class.

Read in order, the first match wins, so the more precise stands first. A pattern names what it is about, never a bare
word: an installer that works says "already exists" and "quota", too. FRAME are the lines that every failure has, and
those of ordinary progress; they are never the reason.
Sources: the DRS user guide (agent-install-common-errors, -linux-errors, -windows-errors, agent-runtime-errors), the
installer's first stage, botocore.exceptions, and the messages of curl, wget, OpenSSL, Python, insmod and .NET.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import re

_CLASSES: tuple[tuple[str, str], ...] = (
    # what our own script says on a node outside EC2, before anything else happens
    (r"no temporary credentials of the node role in ", "install_node_credentials"),
    # the download was not what it should be
    (r"checksum validation failed|checksums? (did|does) not match|failed verifying .{0,60}(contents|file)|"
     r"cannot open self|BAD signature|(hash|checksum|digest|sha-?\d+)( sum)?\b.{0,80}(not match|mismatch|differ)|"
     r"installer\S*: FAILED$|"
     r"(?<!module )signature verification failed|(invalid|wrong|bad) (checksum|hash|digest)", "install_checksum"),
    # the account that it replicates into
    (r"UninitializedAccount|"
     r"(account|\bDRS\b|Disaster Recovery|service|region)\b.{0,80}\bnot (yet )?(being |been )?initiali[sz]ed|"
     r"\bnot (yet )?(being |been )?initiali[sz]ed .{0,40}(account|\bDRS\b|Disaster Recovery|region)|"
     r"initiali[sz]e .{0,40}(Elastic Disaster Recovery|\bDRS\b)", "install_not_initialized"),
    (r"previously installed to replicate into another|"
     r"(registered|protected|replicat\w*|connected|bound|paired|belongs) .{0,20}\b(a different|an?other) (AWS )?"
     r"(region|account)|(agent|server|machine) .{0,60}\b(different|another|other) (AWS )?"
     r"(region|account)|into account \d+, not|"
     r"already (registered|protected|replicating|connected|bound|paired)\b(?!.{0,60}\bthis\b).{0,60}\b(region|"
     r"account)\b",
     "install_bound_elsewhere"),
    (r"has not been restarted since|(reboot|restart) .{0,40}and (run|try|start)|"
     r"\b(reboot|restart)\b(?!.{0,20}\bnot\b).{0,60}(required|needed|pending|outstanding|necessary)|"
     r"pending (reboot|restart)|REBOOT_REQUIRED|(must|has to|needs to) be (rebooted|restarted)|(reboot|restart) (the|"
     r"this|your) (machine|server|computer) before|"
     r"please (reboot|restart)", "install_reboot_required"),
    (r"STS error for the AssumeRole|sts:AssumeRole|AssumeRole operation|DRSCrossAccountAgent", "install_assume_role"),
    (r"required service roles do not exist|"
     r"role .{0,60}AWSElasticDisasterRecovery\w*Role.{0,60}(does not exist|not found)", "install_roles_missing"),
    (r"retrieve marketplace licen[sc]es|marketplace product codes?", "install_marketplace"),
    (r"ServiceQuotaExceeded|(?<!disk )quota .{0,60}(exceeded|reached)|"
     r"(exceed|exceeded|reached|over) .{0,40}\bquota|max(imum)?\.? (allowed )?number of .{0,30}servers|"
     r"limit (of|on) .{0,40}servers .{0,30}(reached|exceeded)|(reached|exceeded) (the|your) limit (of|"
     r"on) .{0,40}servers|LimitExceeded", "install_quota"),
    # want of room, before what fails for it
    (r"(at least|minimum( of)?|needs?) [\d.,]+ ?[KMGT]i?B\b.{0,30}\b(RAM|memory)\b|cannot allocate memory|"
     r"out of memory|(insufficient|not enough) (free )?(memory|ram|system resources)|"
     r"OutOfMemory|could not reserve enough space for|\bMemAvailable\b.{0,40}(less|below|low)|"
     r"not enough storage is available to process|\bMemoryError\b|oom.?kill|signal: killed|^killed$|"
     r"std::bad_alloc|errno[ =]12\b|: +\d+ Killed\b|"
     r"exit (code|status) 137", "install_memory"),
    (r"no space left on device|(not|n't have) (enough|sufficient) .{0,20}space|"
     r"(at least|minimum( of)?|needs?) [\d.,]+ ?[KMGT]i?B\b.{0,30}\b(space|disk|file ?system)\b|"
     r"(enough|insufficient|sufficient|out of) .{0,20}disk space|disk quota exceeded|disk (is )?full|Err(no|or) 28\b|"
     r"curl: \(23\)|failure writing output|failed writing (body|output)|cannot write to .{0,80}success|"
     r"0x80070070", "install_disk_space"),
    # the machine's own protection, before the rights and tools that it also breaks
    (r"BitLocker", "install_bitlocker"),
    (r"\bproxy\b .{0,20}(returned|answered|responded).{0,20}\b[45]\d\d\b", "install_proxy"),
    (r"insmod|modprobe|required key not available|secure ?boot|could not insert module|load module failed|"
     r"failed to (load|sign) .{0,40}(driver|module)|"
     r"(driver|module) .{0,60}(failed to load|could not be loaded|cannot be loaded|verification failed)|"
     r"invalid module format|key was rejected by service|driver .{0,20}not signed|\bMOK\b|"
     r"compiled for a different kernel|"
     r"unsigned module|module loading is restricted|kernel_lockdown|driver\b.{0,60}(blocked|\bcode 52\b)|\bSELinux\b|"
     r"0xC0000428|"
     r"digitally signed|digital signature|driver signature", "install_secure_boot_selinux"),
    (r"\bvirus\b|antivirus|malware|quarantin|endpoint protection|"
     r"blocked by (group policy|your (system |network |IT )?(administrator|organi[sz]ation))|fapolicyd|"
     r"blocked by .{0,20}(defender|crowdstrike|sentinel|sophos|carbon)|"
     r"(defender|antivirus|crowdstrike|falcon|sentinel ?one|sophos|carbon ?black|symantec|trend micro|mcafee|cylance|"
     r"cortex|eset|"
     r"kaspersky|\bEDR\b).{0,60}(block|prevent|kill|terminat|quarantin|stopp|denied|"
     r"remov|detect)|AppLocker|attack surface reduction|WinError 145|running scripts is disabled|execution polic(y|"
     r"ies)|ConstrainedLanguage|"
     r""
     r"directory is not empty|software restriction policy|Device Guard|ThreatDetected", "install_antivirus"),
    (r"(mktemp|/tmp\b).{0,80}read-only file system|read-only file system.{0,4}/(var/)?tmp\b|"
     r"failed to map segment from shared object|noexec|"
     r"/tmp/\S*: .{0,60}permission denied|"
     r"\./aws-replication-install\S*: .{0,30}permission denied|permission denied: '?/tmp|"
     r"(no|cannot create) temporary directory|(create|creating) .{0,20}temporary (directory|file)",
     "install_noexec_tmp"),
    (r"Oracle ASM Filter Driver|ASMFD|PowerPath", "install_disk_driver"),
    (r"volume .*too large|max(imum)? .{0,30}(volume|disk) size|(larger than|above|exceeds?|"
     r">)\s*(the )?(maximum .{0,30})?16 ?TiB",
     "install_volume_too_large"),
    # what the machine is
    (r"(operating system|\bOS\b|platform|distribution|kernel version|kernel) .{0,60}(is |are )?(not|un)[ -]?supported|"
     r"(unsupported|not a supported) (operating system|os|kernel|platform|distribution|linux|version)|"
     r"GLIBC_[0-9.]+.{0,3} not found|"
     r"can't run on your PC|not a valid Win32 application|exec format error|32[- ]bit|64[- ]bit (operating|OS|version)|"
     r"Windows (Server )?[\w.]+( R2)? .{0,20}not supported|"
     r"not compatible with the version of Windows|Minimum OS version|only x86_64|"
     r"(arm64|aarch64|architecture) .{0,40}not supported|unsupported architecture|(Ubuntu|Debian|CentOS|RHEL|Red Hat|"
     r"SUSE|SLES|Oracle Linux|Amazon Linux|Fedora|Rocky|AlmaLinux)\b.{0,40}\bnot supported|"
     r"not have a matching .{0,20}driver|no matching .{0,20}driver", "install_unsupported_os"),
    (r"kernel[ -](\w+-)?(headers|devel|source)|(module|driver) build\b|\bdkms\b.{0,40}(error|fail|status)|(error|"
     r"fail\w*)\b.{0,40}\bdkms\b|implicit declaration|unable to locate package (make|gcc|perl)\b|\bbuild tools\b|"
     r"Makefile:\d+: \*\*\*|\bmodpost\b|\bgcc-\d+: (command )?not found|"
     r"fatal error: [\w/.-]+\.h\b|kernel configuration|"
     r"\.[ch]:\d+(:\d+)?: (fatal )?error|make(\[\d+\])?: \*\*\* .{0,80}(modules?|\.k?o)\b.{0,20}\bError \d|"
     r"linux-headers|\b(gcc|make) was not found|"
     r"\b(gcc|make): (command )?not found|fail\w* to compile|kernel driver build|/lib/modules/\S+/build|"
     r"driver compilation|(nothing provides|matching packages?|requires:) .{0,60}(kernel|libelf|headers|gcc|make)|"
     r"kernel.{0,20}(build|development|devel)\b.{0,40}(missing|not found|not installed)|libelf|"
     r"\b(flex|bison|bc|cpp|cc|ld|as): (command )?not found|ModuleBuildError|No rule to make target|"
     r"\b(gcc|cc1?|g\+\+)\b: (fatal )?error", "install_linux_build"),
    # room, and others at work
    (r"could not get lock|\b(dpkg|yum|dnf|rpm|apt|zypper|apt-get|transaction)\b.{0,60}\block\b|"
     r"another (installation|instance|process|app)\b.{0,40}(progress|running|holding|currently)|WinError 32|"
     r"(used|locked) by another process|installation is already (in progress|running)|(setup|installer|"
     r"msiexec)\b.{0,30}already running|"
     r"locked by the (application|process)|text file busy|ALREADY_RUNNING|\b1618\b|"
     r"another .{0,40}is (already )?running", "install_busy"),
    # the way out: the proxy and the certificate before the plain connection
    (r"getpwnam|system user|useradd|groupadd|sudoers file failed|(unable|failed) to change permissions of|"
     r"read-only file system", "install_system_user"),
    (r"ProxyConnectionError|\bSOCKS\d?\b|\bsquid\b|"
     r"\bproxy\b.{0,80}(authentication|required|refused|error|fail|denied|time|could not|unable)|"
     r"(could not|unable|failed|cannot|[45]\d\d from|HTTP code \d+ from|error) .{0,60}\bproxy\b|"
     r"tunnel connection failed|"
     r"\b407\b", "install_proxy"),
    (r"\bcertificates?\b(?! of)|Cert\w*Error|CERTIFICATE_VERIFY|SSL_?Error|SSLHandshake|\bSSL validation|SSL/TLS|"
     r"SSL routines|ssl\.SSL|"
     r"violation of protocol|trust relationship|TLS (handshake|alert)|handshake (failure|failed)|"
     r"unexpected error occurred on a (send|receive)|wrong version number|unsupported protocol|"
     r"curl: \((35\)(?!.*(reset|timed))|(51|53|54|58|59|60|66|77|80|83|91)\))|\bTLS\b .{0,40}(fail|not |error)|"
     r"fail\w* .{0,40}\b(TLS|SSL)\b|closed the transport stream|TLSV\d_ALERT|do not possess a common algorithm|"
     r"ERR_(CERT|SSL)_\w+|SEC_ERROR_\w+|schannel|"
     r"SEC_E_(UNTRUSTED|CERT|ILLEGAL|WRONG|ALGORITHM)\w*|PKIX path", "install_certificate"),
    # who asks
    (r"validate AWS credentials|InvalidSignature|SignatureDoesNotMatch|Signature (expired|not yet current)|"
     r"ExpiredToken|token .{0,60}(is )?(invalid|expired)|UnrecognizedClient|InvalidClientTokenId|"
     r"InvalidAccessKey|(access key|secret key)\b.{0,60}(not exist|invalid|not valid|incorrect|wrong|not found)|"
     r"MetadataRetrieval|retriev\w* .{0,20}metadata|AuthFailure|(No|Partial)Credentials|"
     r"credentials? .{0,60}(expired|invalid|not found|incorrect|malformed)|"
     r"(locate|load|retrieve|find|get|obtain|\bno) .{0,20}credentials|has no (IAM role|instance profile)|"
     r"RequestTimeTooSkewed|clock skew|RequestExpired|"
     r"IncompleteSignature|clock .{0,30}(skew|differ|wrong)", "install_credentials"),
    (r"not authorized to perform|(?<!E_)AccessDenied|UnauthorizedOperation|explicit deny|do(es)? not have permission|"
     r"missing permissions", "install_iam"),
    (r"(enough|sufficient|insufficient|elevated|more|required) (user )?privileges?\b(?! to start system services)|"
     r"root (privileges|access|permission)|"
     r"must be (run )?(as )?(root|administrator)|"
     r"run .{0,40}as (an? |the )?(root|administrator)|requires? (elevation|administrator|root)|elevated (command |"
     r"powershell )?(prompt|session|shell|console)|"
     r"administrat(or|ive) (rights|privileges)|UnauthorizedAccessException|access to the path .{0,160}denied|"
     r"access is denied|\[sudo\] password|sudo: .{0,80}(password|not in the sudoers|no tty)|not in the sudoers|"
     r"WinError 5\b|"
     r"permission ?denied|PermissionError|operation not permitted", "install_privileges"),
    (r"invalid endpoint|NoRegion|InvalidRegion|invalid region|must specify a region|not a valid (AWS )?region|"
     r"region .{0,60}(is not supported|is not valid|is invalid|does not exist|not enabled|unknown)|"
     r"unknown region|endpoint for region|invalid choice.{0,80}region|region.{0,40}invalid choice|(unsupported|"
     r"argument) .{0,10}region", "install_region"),
    (r"\((5\d\d)\) when calling the \w+ operation", "install_service_fault"),
    (r"secure connection while downloading|url[o]pen error|fail\w* (while trying )?to download|"
     r"could not (resolve|connect)|unable to (resolve|connect)|could not be resolved|Name or service not known|"
     r"name resolution|getaddrinfo|gaierror|nodename nor servname|connect(ion)? timed? ?out|"
     r"(connection|operation|read|request) (has )?timed out|"
     r"\btimeout: timed out|RemoteDisconnected|remote end closed|HTTP (status )?(403|404|5\d\d)|ConnectTimeout|"
     r"ReadTimeout|EndpointConnection|"
     r"ConnectionClosed|network is (unreachable|down)|unreachable (network|host)|\w*NAME_NOT_RESOLVED|"
     r"ERROR_WINHTTP_(CANNOT_CONNECT|TIMEOUT|CONNECTION)\w*|incomplete download|download .{0,20}(incomplete|"
     r"interrupted)|no route to host|"
     r"connection (was )?(refused|reset|aborted|closed|failure)|failed to connect|connection attempt failed|"
     r"Max retries exceeded|underlying connection was closed|curl: \((6|7|18|22|28|52|55|56|92)\)|HTTP channel|"
     r"Errno (101|104|110|111|113)\b|WinError 100[5-6]\d|Exception was thrown by the client when trying|"
     r"HTTP(/[\d.]+| Error)? \(?(403|404|5\d\d)|\((403|404|5\d\d)\) |(403|404) .{0,20}(Forbidden|Not Found)|"
     r"Service Unavailable|Gateway Time-?out|Bad Gateway|WSAE\w+|lookup failure|no such host|i/o timeout|"
     r"actively refused|server misbehaving|"
     r"(could not|cannot|can't|unable to|fail\w* to|not able to) .{0,20}(reach|contact|communicate|access the "
     r"(endpoint|internet|url))|error (connecting|communicating|contacting)|"
     r"(port|endpoint|host|server|URL) .{0,60}(unreachable|not reachable|is blocked|not accessible|timed out)|"
     r"DNS .{0,60}(fail|error|not|unable)|SERVFAIL|NXDOMAIN", "install_network"),
    # what it was given, and what it needs
    (r"Throttl|Rate exceeded|TooManyRequests|InternalServer(Error|Exception)|InternalFailure|"
     r"internal (server )?error", "install_service_fault"),
    (r"source server .{0,80}already exists|already exists .{0,40}source server", "install_exists"),
    (r"\bdevices?\b .{0,80}(not found|does not exist|invalid|not valid)|no such device|(volume|disk|"
     r"device)\b.{0,60}cannot be replicated|duplicate .{0,20}(disk|volume|"
     r"device|serial)|"
     r"disk .{0,40}(not found|does not exist)|(invalid|unknown) (disk|device|volume)|multipath|--devices|"
     r"--driver-state-location|(disks|volumes).{0,40}(more than|exceed|maximum)|more than .{0,20}(disks|volumes)",
     "install_devices"),
    (r"(net|sc)\.exe|command not found|which: no \w+ in \(|"
     r"(python|perl|tar|awk|gawk|rpm|dpkg|wget|curl)\d?['\u2019]?: (no such file|not found)|"
     r"'?python3?'? .{0,30}(not found|not installed|is required)|is not recognized as .{0,40}(cmdlet|command)|"
     r"\.NET (Framework )?.{0,40}(required|not installed|missing)|requires .{0,60}\.NET|"
     r"ModuleNotFoundError|ImportError|"
     r"No module named|requires? (Python|\.NET|Visual C|make|gcc|perl)|Visual C\+\+ .{0,30}required|"
     r"Could not load file or assembly|PATH environment", "install_tools"),
    (r"(installer|agent) .{0,60}(outdated|too old|no longer supported|deprecated)|"
     r"(outdated|old|unsupported) .{0,30}(installer|agent) version|download the latest installer",
     "install_outdated"),
    (r"service .{0,60}(did not|does not|failed to|could not|cannot|not) (be )?start|"
     r"fail\w* to start .{0,60}(service|agent|replication)|Job for .{0,40}failed|"
     r"aws-replication\S*\b.{0,40}\bfailed\b|systemctl (re)?start .{0,60}fail|(WinError|error:?) 1053|"
     r"(cannot|could not|failed to) start service|service did not respond|service .{0,30}terminated (unexpectedly|"
     r"with)|"
     r"services? .{0,40}fail\w* to start", "install_agent_start"),
)  # fmt: skip

# Where no class knows the words: what a line of trouble is about.
_TOPICS: tuple[tuple[str, str], ...] = (
    (r"BitLocker", "install_bitlocker"),
    (r"\bproxy\b(?! (object|class|method|pattern))|ERR_PROXY\w*", "install_proxy"),
    (r"\b(reboot|restart)\b(?! (loop|policy)).{0,60}\b(again|first|before)\b|until .{0,40}(reboot|restart)ed",
     "install_reboot_required"),
    (r"certificates?\b(?! of)|\bSSL\b|\bTLS\b|\b(root |issuing )?CA\b|x509", "install_certificate"),
    (r"checksum|\bintegrity (check|verification)|"
     r"(file|installer|download|package|archive) integrity|\b(file|sha\w*|wrong|bad|expected|invalid) hash(es)?\b|"
     r"\bhash(es)? (of|for|value|check)\b(?! the (block|tree|volume))|\bsha-?\d+\b|"
     r"(file|installer|download|signature) verification|"
     r"(download|installer|package|archive|zip|tar|image)\w*\b.{0,60}\bcorrupt\w*|"
     r"\bcorrupt\w*.{0,40}\b(download|installer|package|archive)", "install_checksum"),
    (r"anti-?virus|(security|protection) software|application (control|whitelist|allowlist)|malware|"
     r"(allow|white)-?list\w*", "install_antivirus"),
    (r"secure ?boot|SELinux|(sign\w*|load\w*|insert\w*) .{0,30}(driver|module)", "install_secure_boot_selinux"),
    (r"kernel.{0,3}\w*.{0,20}(headers|devel|source)|\bheaders\b|driver .{0,40}(built|build|compile\w*)|"
     r"(build|compil)\w* .{0,40}(driver|module)", "install_linux_build"),
    (r"needs \d[\d.]* ?[GT]i?B|(free|disk) space|\bstorage\b.{0,40}\b(full|left|free|enough|required|needed|low)\b|"
     r"\b(enough|insufficient|no|low|little)\b.{0,20}\bstorage\b|"
     r"(file ?system|partition|disk|drive|volume) .{0,30}\bfull\b|\bfree disk\b",
     "install_disk_space"),
    (r"\b(enough|insufficient|little|low( on)?|more|less|free|available|out of|least|needs?|exhaust\w*|[KMGT]i?B( of)?|"
     r"allocat\w*)\b.{0,30}\b(memory|RAM|swap|paging file)\b|"
     r"\b(memory|RAM|swap|paging file)\b.{0,40}\b(insufficient|too (low|little|small)|exhaust\w*|enough|low|full|"
     r"limit|exceed\w*|required|needed|\d+ ?[KMGT]i?B)\b", "install_memory"),
    (r"access key|secret key|session token|credentials\b(?! (guard|manager|provider|store|cache|file))|"
     r"CredentialRetrieval|\bIMDS\b|"
     r"instance profile|metadata service",
     "install_credentials"),
    (r"\bIAM\b|\bdrs:\w+|\bauthori[sz]ed\b|\bSCP\b|policy .{0,40}(deny|denies|denied)", "install_iam"),
    (r"super-?user|\broot\b(?! (dir|vol|file|dev|part|CA\b))|\bsudo\b|administrator|privileges?|elevat\w*|"
     r"(user|access|insufficient) rights", "install_privileges"),
    (r"\bOS version\b|architecture|aarch64|arm64|operating system|\bkernel\b.{0,30}support|\bdistribution\b|"
     r"Windows (Server )?\d{1,4}", "install_unsupported_os"),
    (r"(account|DRS|Disaster Recovery|service|region)\b.{0,60}\binitiali[sz]ed|"
     r"\binitiali[sz]ed .{0,40}(account|DRS|Disaster Recovery|region)", "install_not_initialized"),
    (r"\bregions?\b(?=\W*$|['\",:;.]| ('|\"|is|was|are|not|does|do|cannot|could|has|have|name|code|or|and|for|given|"
     r"in|that|which|[a-z]{2}(-[a-z]+)+-\d)\b)", "install_region"),
    (r"\bquota\b|limit .{0,40}servers|servers .{0,40}limit", "install_quota"),
    (r"\b(re)?connect(s|ed|ing|ions?|ivity)?\b|\bcommunicat\w*|\b(TCP )?port \d+|endpoints?|over the network|"
     r"\bDNS\b(?! suffix)|\binternet\b(?! explorer)|"
     r"\b(remote|target|unknown|resolve( the)?) host(s|name)?\b|"
     r"\bhost(s|name)?\b.{0,40}\b(un(reachable|known)|resolv\w*|not (respond|found)|down)\b|\bgetaddrinfo|"
     r"\bnetwork\b.{0,30}\b(un(reachable|available)|down|errors?|fail(ed|ure)?|path|access|lost|timeout|blocked)\b|"
     r"\b(no|lost|outbound) (the )?network\b|\bfirewall\b.{0,40}\b(block|drop|den|reject|prevent)\w*|"
     r"\b(block|drop|den|reject|prevent)\w*\b.{0,40}\bfirewall|(?<![=:_])\bdownload(s|ed|ing)?\b", "install_network"),
    (r"\baws-replication\S* .{0,20}start", "install_agent_start"),
    (r"another (instance|process|copy)|msiexec .{0,20}1618",
     "install_busy"),
    (r"(no|many|invalid|unknown|missing|unsupported)\b.{0,30}\b(volumes?|disks?|devices?)\b(?!.{0,20}exclu)|"
     r"\b(volumes?|disks?|devices?)\b.{0,40}(not (found|supported|exist)|missing|invalid|unsupported)",
     "install_devices"),
    (r"\b(python[\d.]*|powershell|curl|wget)\b(?! (object|codec))|\.NET\b|shared librar\w+",
     "install_tools"),
)  # fmt: skip
# Classes whose words stand in ordinary lines, too: they count in lines of an error only.
OF_ERRORS = (
    "install_certificate install_proxy install_credentials install_network install_region install_tools "
    "install_devices install_linux_build install_secure_boot_selinux install_antivirus install_bitlocker "
    "install_system_user install_memory install_busy install_privileges install_service_fault "
    "install_reboot_required install_quota "
).split()

INSTALL_PATTERNS = tuple((re.compile(pattern, re.IGNORECASE), code) for pattern, code in _CLASSES)
TOPICS = tuple((re.compile(pattern, re.IGNORECASE), code) for pattern, code in _TOPICS)
