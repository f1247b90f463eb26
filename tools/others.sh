#!/bin/sh
# Run clients that others wrote against the simulator, and say what broke. Fetches nothing: give it what you have.
#
#   tools/others.sh plan-automation=DIR synchronizer=DIR prowler=DIR javascript=DIR
#
# plan-automation, synchronizer: a checkout of aws-samples/drs-tools. prowler: a checkout of prowler-cloud/prowler, or
# any folder when OTHERS_PYTHON has the package installed. javascript: a folder with node_modules/@aws-sdk/client-drs.
# Clients that need packages of their own run with the interpreter that OTHERS_PYTHON names.
#
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
set -e
cd "$(dirname "$0")/.."
exec .venv/bin/python tools/others/run.py "$@"
