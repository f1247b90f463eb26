#!/bin/sh
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# A pipeline of phases: recover the waves of a plan file one phase after the other, each only when the one before says that
# the next may start.
#
#   pipeline.sh INVENTORY PLAN_FILE WAVE [WAVE ...]
#
# ACTION is drill (the default) or failover; for a failover, CONFIRM_<n> is the typed confirmation of phase n.
# The answer of phase n is left in answer-<n>.json. At the end of drills stand the commands that remove what they launched.
# The exit status is that of the phase that stopped the pipeline.
set -eu

if [ "$#" -lt 3 ]; then
  echo "usage: pipeline.sh INVENTORY PLAN_FILE WAVE [WAVE ...]" >&2
  exit 64
fi
inventory=$1 plan=$2
shift 2

phases=$#
phase=0
for wave in "$@"; do
  phase=$((phase + 1))
  answer=answer-$phase.json
  rm -f "$answer"
  python3 - "$plan" "$wave" "$phase" > "request-$phase.json" <<'PYTHON'
import json, os, sys

plan, wave, phase = sys.argv[1:]
request = {
    "action": os.environ.get("ACTION", "drill"),
    "planFile": os.path.abspath(plan),
    "selection": {"waves": [wave]},
    "options": {"maxWaitMinutes": 120},
    "metadata": {"phase": int(phase)},
}
# The same id, waves and plan are the same run: a pipeline that is started again with its id goes on where it was.
if os.environ.get("PIPELINE_ID"):
    request["metadata"]["correlationId"] = os.environ["PIPELINE_ID"]
if os.environ.get("CONFIRM_" + phase):
    request["options"]["confirm"] = os.environ["CONFIRM_" + phase]
print(json.dumps(request, indent=2))
PYTHON

  status=0
  ansible-playbook -i "$inventory" resilience.drs.orchestrate \
    -e "orchestrate_input_file=$PWD/request-$phase.json" -e "orchestrate_output_file=$PWD/$answer" || status=$?

  # The exit status says the same; the document says why.
  if ! python3 -c 'import json, sys; sys.exit(not json.load(open(sys.argv[1]))["nextPhaseReady"])' "$answer"; then
    echo "pipeline: stopped after phase $phase ($wave), see $answer" >&2
    exit "$((status == 0 ? 1 : status))"
  fi
  if [ "$phase" -lt "$phases" ]; then
    echo "pipeline: phase $phase ($wave) is done, the next may start"
  else
    echo "pipeline: phase $phase ($wave) is done, it was the last"
  fi
done

if [ "${ACTION:-drill}" = drill ]; then
  echo "pipeline: to remove what was launched:"
  for number in $(seq "$phase"); do
    run=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["runId"])' "answer-$number.json")
    echo "ansible-playbook -i $inventory resilience.drs.terminate -e terminate_run_id=$run"
  done
fi
