"""Tell the lines of an installer's output apart: frame, progress, warnings, what is tried again, trouble and errors."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import re

# A defect of the program itself, and its dealings with files of its own: what such a line is about is no reason.
_INTERNAL = (
    r"\b(Assertion|Key|Index|Type|Attribute|Name|Recursion|Value|Unicode\w*|JSONDecode|Parse|NotImplemented)Error\b|"
    r"(NullReference|NullPointer|IllegalState|IllegalArgument|IndexOutOf\w*|OutOfRange|Argument\w*|InvalidCast|"
    r"InvalidOperation|Format|KeyNotFound)Exception\b|^panic:|\b(internal|cache|journal|heap|thread|handle|codec|"
    r"buffer|object|interpreter)\b(?! server)|Fatal Python error|Python fatal error|\bassertion\b|"
    r"internal (installer )?error|"
    r"\b(pars(e|ing)|(de)?seriali[sz]\w*|delet(e|ing)|remov(e|ing)|rotat(e|ing)|read(ing)?|writ(e|ing)|"
    r"enumerat(e|ing)|open(ing)?) .{0,60}"
    r"\b(files?|logs?|maps?|tables?|config\w*|index|database|registry|metrics|manifest|rules|/proc/\S+)(?!\w)"
)
_TROUBLE = (
    r"\b(low on|error|fatal|fail(ed|s|ure|ing)?|exception|cannot|can't|could not|couldn't|isn't|aren't|doesn't|unable|"
    r"denied|"
    r"refused|invalid|missing|unsupported|timed out|abort\w*|insufficient|incorrect|inaccessible|blocked|prevented|"
    r"exceed\w*|lost|un(acceptable|recogni[sz]ed|known|trusted|reachable|authori[sz]ed|available)|forcibly|rejected|"
    r"(must|has to|needs to) be|too (small|old|large|many|low|little|few)|"
    r"(is|are|was|were|does|do|did|has|have) not|"
    r"not (enough|yet|found|supported|trusted|allowed|possible)|"
    r"\d [KMGT]i?B (is |are )?required|needs \d|not in the list|"
    r"(cannot|can't|not) .{0,30}until|"
    r"version .{0,40}required|at least|only (root|members|\d+)|try again|"
    r"exited with (code )?[1-9]\d*|"
    r"nothing matches|no (volumes|disks|devices|connectivity|route|response|access|permission)|is full|"
    r"another (instance|copy)|"
    r"wrong|corrupt\w*|expired|dropped|disallowed|forbidden|(is|are|was|were) detected|needs? an?)\b|"
    r"\w+(Error|Exception)\b|(?-i:\bERR_\w+|\bE[A-Z]{5,}\b)"
)
# What is well, though it is said with such a word.
_WELL = (
    r"\b(not?|nothing|without)\b[^.;,]{0,40}\b(needed|need|required?|necessary|used|using|configured|set|enabled|"
    r"active|in use|errors?|failures?|detected|pending|problems?)\b|"
    r"\b(passed|succeeded|successful(ly)?|satisfied|verified|met)\b|"
    r"\b0 (failed|errors?)\b|error(s|code| code)?\W{1,3}(0|none)\b|"
    r"detected (and|operating|platform|kernel|version|region|\d)|\bdetected:|^detected\b"
)


# Lines that every failure has, and lines of ordinary progress.
_FRAME = (
    r"-+ ?ERROR ?-+",
    r"The installer ended with exit code \d+\.?",
    r"failed to run commands: exit status \d+",
    r"(\[?(error|fatal)\]?:? *)?(the )?install(ation|er)( of the .{0,60})?( has)? (failed|aborted|finished with errors)"
    r"([.!]*| \(exit code -?\d+\)\.?|[.!] (please|see|refer).{0,200})",
    r"((the )?(command|process|installer|script) )?(exit(ed)?|return(ed)?|finished|ended)( with)?( exit| return)?"
    r"( ?(code|status))?:? ?-?\d+\.?",
    r"(full |detailed |installation )?logs?( file)?( (is|are|can be found|available|written))?.{0,12}(:|in|at|to) \S+",
    r"(command failed|error details|done|exiting|aborting|quitting)[.!:]*|contact (aws )?support.{0,80}",
    r"[-=*#_ ]{3,}|-+ ?output truncated ?-+|\d{1,3} ?%",
    r"(?!.{0,80}\b(but|unless|however)\b).{1,80}\b(is|are) not (needed|required|necessary)\b.{0,60}",
    r"(the )?installation (of the .{0,40} )?(has )?(failed|started|begun)[.!]?",
    r"the installation of the .{0,60} has started\.?",
    r".{0,200}Finished\.?",
    r"(see|refer to|for more|learn more|more information|please (see|refer)|visit).{0,300}",
    r"https?://\S+",
    r"(identifying|downloading|installing|syncing|running|starting|verifying|checking|configuring|preparing|extracting|"
    r"cleaning up|removing|deleting|unpacking|collecting|reading|fetching|retrying|waiting|connecting|"
    r"registering|loaded plugins|setting up)\b"
    r"((?!error|fail|could not|cannot|unable|denied|refused|timed|\bnot? |missing|\(\d+\)).){0,300}",
    r"(volume|disk)s? (to replicate )?(identified|detected).{0,200}",
    r"all (volumes|disks) for replication were .{0,60}",
    r"choose the disks .{0,200}|to replicate (all|some) .{0,200}|disk to replicate .{0,200}",
    r"source network already exists.{0,200}",
    r"(the )?(file|folder|directory|user|group|log group|path|service|package)\b.{0,200}"
    r"already (exists|installed).{0,60}",
    r"(?!.{0,200}\b(another|different)\b).{0,200}"
    r"(is already (installed|the newest version|up to date)|"
    r"(?<!setup )(?<!installer )(?<!installation )is already running).{0,100}",
    r"you now have \d+ active source servers?.{0,200}",
    r"the following is the source server ID.{0,100}|the AWS Replication Agent was successfully installed.{0,40}",
    r"(checking (for|whether) )?(SELinux|AppArmor|BitLocker|(windows )?defender|anti-?virus|virus scanner|"
    r"secure ?boot|proxy|firewall|EDR|multipath|reboot)\b.{0,20}"
    r"(is |was |has |been |could )*(not (be |been )?(installed|found|present|used|active|running|"
    r"configured|needed)|absent|inactive)\.?",
    r"no (virus|anti-?virus|proxy|firewall|pending|other installation|previous|existing)\b.{0,60}",
    r".{0,60}module verification failed: signature and/or required key missing - tainting kernel",
    r"no (reboot|restart) .{0,40}(required|needed|pending)\.?",
    r".{1,100}(:|\.\.\.) *(ok|passed|pass|none|no|off|disabled|not (set|enabled)|success|succeeded|done|yes|"
    r"permissive)\.?",
    # frames of Python and PowerShell
    r"Traceback \(most recent call last\):",
    r'File "[^"]+", line \d+.{0,200}',
    r"At .{1,200}char:\d+|\+ .{0,300}|Command '.{1,600}' returned non-zero exit status \d+\.?",
)  # fmt: skip
# What a line of an error has.
_ERROR = (
    r"\b(error|err|fatal|fail|failed|fails|failure|exception|cannot|can't|could not|couldn't|unable|denied|refused|"
    r"\w+n't|incomplete|HTTP/[\d.]+ [45]\d\d|"
    r"invalid|missing|not|no|unsupported|timed out|timeout|abort\w*|critical|\w+Error|\w+Exception|too|problem|bad|"
    r"more than|violation|closed|reset|unreachable|required?s?|expired|blocked|quarantined|encrypted|exceed\w*|reached|"
    r"killed|"
    r"locked|wrong|mismatch|insufficient|outdated|virus|misbehaving|needs?|pending|"
    r"inserting|must|please|prevented|terminated|stopped|"
    r"already in progress|currently holding|held by|preventing|restricted|unsigned|requires:|nothing provides|"
    r"protected by|detected a|is running|"
    r"possess|password for|rejected|alert|RemoteDisconnected|unavailable|\w+_ALREADY_\w+|ERR_\w+|expired\w*|skewed|"
    r"\w+Credentials|unknown|denies|SEC_E_\w+|response [45]\d\d|before installing|less than|"
    r"BitLocker (protection )?is (enabled|"
    r"on|active)|(ERROR|WSAE)_?[A-Z]\w+|already running|forbidden|(user|"
    r"group)add:(?!.{0,60}already exists)|busy|out of (memory|space))(?!\w)|"
    r"\*\*\*|curl: \(\d|: command not found"
)
_WARNING = r"\W*(warning|warn|notice|info|debug|retry\w*)\b"
# What is tried or waited for again: it counts only where nothing is said after it.
_PASSING = (
    r"\b(will|going to) (be )?(re-?try|re-?tried|try again)\b|\bretr(y|ies) left\b|\bretrying (in|after|\()|"
    r"\bwaiting for (cache|the|an?|package)? ?.{0,20}\block\b|waiting for (it|that|them) to (exit|end|finish)|"
    r"\b(attempt|try) \d+ ?(of|/) ?\d+ (failed|timed out)|next (attempt|try) in"
)
# What loggers and kernels put before a line: a time, the name of the logger, its level.
_STAMP = (
    r"\s*(?:[\[(<]?\d{4}[-/.]\d\d[-/.]\d\d(?:[T ]\d\d:\d\d(?::\d\d)?(?:[.,]\d+)?)?(?: ?Z| ?[+-]\d\d:?\d\d)?[\])>]?|"
    r"[\[(]?\d\d:\d\d:\d\d(?:[.,]\d+)?[\])]?|[A-Z][a-z]{2} +\d{1,2} \d\d:\d\d:\d\d(?: [\w.-]+ [\w.-]+(?:\[\d+\])?:)?|"
    r"\[ *\d+\.\d+\])(?:[\s:,;|-]+[\w.]+ +-(?= ))?[\s:,;|-]*"
)
_LEVEL = r"[\[(<]?(trace|debug|info|notice|warning|warn|error|err|fatal|critical)[\])>]?(?=[\s:|-])[\s:|-]*"

TROUBLE = re.compile(_TROUBLE, re.IGNORECASE)
WELL = re.compile(_WELL, re.IGNORECASE)
FRAME = re.compile("|".join(f"(?:{one})" for one in _FRAME), re.IGNORECASE)
ERROR = re.compile(_ERROR, re.IGNORECASE)
WARNING = re.compile(_WARNING, re.IGNORECASE)
INTERNAL = re.compile(_INTERNAL, re.IGNORECASE)
PASSING = re.compile(_PASSING, re.IGNORECASE)
STAMP = re.compile(_STAMP)
LEVEL = re.compile(_LEVEL, re.IGNORECASE)
