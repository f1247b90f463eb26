"""The error catalogue: reports and evidence, history, notifications and metrics; the last three never stop a run.

Sources: SNS API reference, Publish; CloudWatch API reference, PutMetricData.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.catalogue.entry import Entry

_GUIDE = "See docs/reports.md."

REPORT = {
    "dates_reversed": Entry("The end of the period is before its beginning.", "Swap the two dates, or leave one out."),
    "unknown_status": Entry("A status was asked for that no run can have.", "Use one of those that the message lists."),
    "record_newer": Entry(
        "A record was written by a newer version of this collection.",
        "Update the collection on this machine; nothing is read from an unknown format.",
    ),
    "report_not_written": Entry(
        "The report could not be written. The files of an earlier report are as they were.",
        "Free space or correct the permissions of the folder, and run again.",
        True,
    ),
    "folder_in_use": Entry(
        "The folder contains something other than an evidence bundle of this run.",
        "Name an empty folder, or one that does not exist.",
    ),
    "sign_off_mismatch": Entry(
        "The sign-off is for different evidence.",
        "Read the evidence as it is now, and sign its hash. " + _GUIDE,
    ),
    "timestamp_refused": Entry(
        "The time stamp service gave no time stamp of the evidence. The bundle is complete without it.",
        "Check the address in timestamp.url and that the controller reaches it, and write the evidence again.",
        True,
    ),
    "evidence_altered": Entry(
        "The evidence bundle has been changed since it was written.",
        "Do not accept it as evidence. Use a copy that was kept elsewhere, or write it again from the run store. "
        + _GUIDE,
    ),
    "evidence_unreadable": Entry(
        "There is no readable evidence bundle.", "Name the folder or the archive that holds manifest.json."
    ),
}

_UNHARMED = "The run itself is not affected."

RECORD = {
    "history_not_recorded": Entry(
        "The store could not be written, so the records of a run are in a file, or only in the result of the task.",
        "Repair the store, then run `ansible-playbook resilience.drs.history -e history_import=FILE` with the "
        "file that the "
        "message names. " + _UNHARMED,
        True,
    ),
    "history_file_unreadable": Entry(
        "The file or folder to import holds no records of history.",
        "Give the file that the message of the failed recording named, or its folder.",
    ),
    "invalid_topic": Entry(
        "The value is not the ARN of an SNS topic, so nobody was notified.",
        "Write `arn:aws:sns:REGION:ACCOUNT:NAME`; set-up with `account_setup_hub: true` creates one and prints "
        "its ARN. " + _UNHARMED,
    ),
    "notification_not_sent": Entry("The notification was not sent.", "Read the message. " + _UNHARMED, True),
    "metrics_not_sent": Entry("The metrics were not sent.", "Read the message. " + _UNHARMED, True),
    "Publish:NotFound": Entry(
        "The topic does not exist.",
        "Correct `notify_topic_arn`, or create the topic: `ansible-playbook resilience.drs.setup -e "
        "account_setup_hub=true`. " + _UNHARMED,
    ),
    "Publish:NotFoundException": Entry(
        "The topic does not exist.",
        "Correct `notify_topic_arn`. " + _UNHARMED,
    ),
    "Publish:AuthorizationError": Entry(
        "The controller may not publish to the topic.",
        "Allow sns:Publish on the topic, and kms:GenerateDataKey and kms:Decrypt on its key, to the credentials of the "
        "controller. " + _UNHARMED,
    ),
    "Publish:InvalidParameter": Entry("SNS refuses the notification or the topic.", "Read the message. " + _UNHARMED),
    "PutMetricData:AccessDenied": Entry(
        "The controller may not write metrics.",
        "Allow cloudwatch:PutMetricData for the namespace to the credentials of the controller. " + _UNHARMED,
    ),
}
