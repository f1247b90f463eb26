"""What a run promises, and the tests that would fail if it did not: R1 to R22 for the run, K1 to K7 for its store."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
INTEGRATION = "tests/integration/test_"
ONE_RUN = "tests/integration/test_one_run.py"
ADOPTION = "tests/integration/test_adoption.py"
TERMINATE = "tests/integration/test_terminate_record.py"
STORE = "tests/unit/plugins/module_utils/runs/effects/test_"
LIFECYCLE = STORE + "lifecycle.py"
LIBRARY = "tests/unit/plugins/module_utils/"
PLAY = "tests/unit/plugins/plugin_utils/_play/test_shape.py"

# number: (the promise, its tests as FILE::NAME)
PROMISES = {
    "R1": (
        "a typed name that nothing reads is refused before any call, with the right form",
        INTEGRATION + "typed_names.py::test_what_nothing_reads_is_refused_before_any_call",
        "tests/unit/plugins/module_utils/runs/test_typed_names.py::",
    ),
    "R2": (
        "a resumed run keeps its network, its lease and its other guardrails",
        LIBRARY + "runs/test_request.py::test_a_resumed_run_has_what_it_began_with",
        INTEGRATION + "drill_network.py::test_an_approved_drill_that_is_resumed_keeps_its_network",
        ONE_RUN + "::test_a_resumed_drill_keeps_its_lease",
        INTEGRATION + "chaos.py::test_a_guarded_run_that_is_killed_keeps_its_guardrails_when_it_is_resumed",
    ),
    "R3": (
        "a failover over a guardrail keeps its reason when it is resumed",
        LIBRARY + "runs/test_request.py::test_a_run_keeps_all_that_decides_about_it_and_nothing_of_one_command",
        ONE_RUN + "::test_an_approved_failover_over_a_guardrail_launches_when_it_is_resumed",
    ),
    "R4": (
        "a cell that leaves the play counts as failed and stops the run",
        LIBRARY + "recovery/test_walk.py::test_a_cell_that_owed_a_result_and_gave_none_counts_as_failed",
        LIBRARY + "recovery/test_walk.py::test_a_task_file_that_no_cell_ran_has_failed",
        LIBRARY + "recovery/test_closing.py::test_a_walk_that_left_no_result_is_no_success",
        ONE_RUN + "::test_a_cell_that_leaves_in_an_action_stops_the_run_before_the_next_wave",
        ONE_RUN + "::test_a_validation_that_ends_its_host_is_no_success_and_the_clean_up_says_what_it_could_not_prove",
        ONE_RUN + "::test_a_run_whose_cells_were_all_ended_fails_and_has_an_end",
        ONE_RUN + "::test_a_run_whose_cells_are_all_unreachable_at_once_has_an_end_and_a_next_command",
    ),
    "R5": (
        "the clean-up of a drill that lost cells says what it could not prove",
        LIBRARY + "recovery/test_clean_up.py::test_a_cell_that_is_missing_afterwards_proves_nothing",
        LIBRARY + "recovery/test_closing.py::test_why_a_playbook_fails_at_its_end",
        ONE_RUN + "::test_a_drill_that_loses_a_cell_terminates_what_it_can_reach_and_says_what_is_not_proven",
    ),
    "R6": (
        "a limit does not make the proof of a clean-up smaller",
        LIBRARY + "recovery/test_clean_up.py::test_an_instance_in_a_cell_that_is_not_in_the_play_is_not_proven",
        TERMINATE + "::test_a_limit_does_not_make_the_proof_smaller",
    ),
    "R7": (
        "jobs that are gone hide nothing and launch nothing a second time",
        LIBRARY + "recovery/test_adoption.py::test_every_combination_of_record_last_launch_and_instance",
        TERMINATE + "::test_jobs_that_are_gone_hide_nothing",
        ADOPTION + "::test_a_run_whose_jobs_are_gone_is_what_its_record_says",
        ADOPTION + "::test_a_job_that_vanishes_between_two_looks_is_judged_at_once",
        INTEGRATION + "chaos.py::test_a_trouble_in_the_middle_of_a_run",
    ),
    "R8": (
        "a job of somebody else with the run's tag is named and left alone",
        LIBRARY + "recovery/test_adoption.py::test_whatever_disagrees_is_told_in_every_combination",
        LIBRARY + "recovery/test_adoption.py::test_ownership_is_tags_record_and_mode",
        ADOPTION + "::test_a_job_of_somebody_else_with_the_same_run_tag_is_named_and_left_alone",
        TERMINATE + "::test_an_instance_of_somebody_else_with_the_same_tag_is_left_alone_and_named",
    ),
    "R9": (
        "a look that cannot read a cell erases nothing that is known",
        LIBRARY + "runs/test_waves.py::test_a_look_that_sees_no_job_erases_nothing_and_says_why",
        ONE_RUN + "::test_a_look_that_cannot_read_a_cell_erases_nothing_and_does_not_end_well",
    ),
    "R10": (
        "what widens a run after its approval is confirmed and approved again",
        ONE_RUN + "::test_what_widens_a_run_voids_its_approval_also_when_it_is_confirmed",
        "tests/unit/plugins/module_utils/runs/test_request.py::test_what_may_do_more_is_told_apart",
    ),
    "R11": (
        "a plan that was edited in the store is not followed",
        LIFECYCLE + "::test_a_frozen_plan_that_was_edited_is_refused_at_every_load",
        ONE_RUN + "::test_a_plan_that_was_edited_in_the_store_is_refused",
        ONE_RUN + "::test_a_plan_that_is_edited_while_a_task_file_runs_is_not_followed_and_the_run_has_an_end",
    ),
    "R12": (
        "nothing begins unconfirmed, whatever variables are typed",
        INTEGRATION + "typed_names.py::test_what_nothing_reads_is_refused_before_any_call",
        LIFECYCLE + "::test_a_recovery_does_not_begin_unconfirmed_and_what_changes_its_plan_is_confirmed_again",
    ),
    "R13": (
        "a run id is never a path",
        STORE + "store_troubles.py::test_a_run_id_that_is_a_path_never_reaches_the_file_system",
        STORE + "store.py::test_wrong_names_are_refused_before_anything_is_written",
    ),
    "R14": (
        "no run is an error, and every run is asked for by its own word",
        LIBRARY + "runs/test_request.py::test_no_run_is_not_every_run",
        LIBRARY + "recovery/effects/test_terminate.py::test_nothing_said_is_not_everything_meant",
        INTEGRATION + "every_run.py::test_no_run_is_an_error_before_any_call",
        INTEGRATION + "every_run.py::test_every_run_shows_the_count_first_and_wants_it_typed",
        INTEGRATION + "orchestrate.py::test_status_and_terminate",
    ),
    "R15": (
        "whoever starts a run does not approve it, under either of his names",
        LIFECYCLE + "::test_an_approver_is_held_against_both_names_of_who_started",
    ),
    "R16": (
        "a gate that the plan does not have is not approved",
        LIFECYCLE + "::test_a_gate_that_the_run_does_not_have_is_not_approved",
    ),
    "R17": (
        "a failed validation stays, a wave that cannot start is refused, a part of a run is refused",
        LIBRARY + "runs/test_waves.py::test_a_validation_that_failed_stays_failed_until_one_passes",
        LIBRARY + "plan/test_build.py::test_a_wave_that_cannot_travel_as_a_tag_is_refused_with_the_plan",
        PLAY + "::test_a_play_in_parts_is_refused_in_one_sentence",
        PLAY + "::test_a_part_of_a_verb_is_refused_where_it_would_pass_for_the_whole",
        ONE_RUN + "::test_a_failed_validation_stays_failed_until_one_passes",
        ONE_RUN + "::test_a_wave_that_cannot_be_a_tag_is_refused_with_the_plan",
        ONE_RUN + "::test_a_part_of_a_recovery_is_refused_in_one_sentence",
        ONE_RUN + "::test_a_wave_cannot_be_walked_cell_by_cell",
    ),
    "R18": (
        "the oldest supported ansible-core runs the playbooks",
        INTEGRATION + "oldest_core.py::test_the_four_playbooks_come_through",
    ),
    "R19": (
        "relative paths begin where the command was typed, and mistakes are told once",
        "tests/unit/plugins/plugin_utils/_action/test_files.py::test_relative_paths_begin_where_the_command_was_typed",
        INTEGRATION + "paths.py::test_a_relative_plan_file_report_and_validation_are_found_where_the_command_was_typed",
        INTEGRATION + "paths.py::test_a_plan_file_that_means_nothing_is_told_once_before_any_call",
        ONE_RUN + "::test_a_value_of_a_wrong_type_is_told_once",
    ),
    "R20": (
        "a drill of a fleet needs few calls (bench/drill.py has the targets)",
        LIBRARY + "recovery/effects/test_wait.py::test_a_look_is_one_call_whatever_the_number_of_jobs",
        LIBRARY + "recovery/effects/test_launch.py::test_a_launch_reads_little",
        INTEGRATION + "scale.py::test_a_drill_of_three_hundred_servers_in_few_calls_and_little_time_beyond_its_jobs",
    ),
    "R21": (
        "a wave ends with its slowest job, whatever forks is",
        LIBRARY + "recovery/effects/test_wait.py::test_a_wait_that_begins_late_begins_with_a_look",
        LIBRARY + "recovery/effects/test_course.py::test_each_wave_begins_when_what_it_waits_for_has_passed",
        INTEGRATION + "waiting_together.py::test_a_drill_with_fewer_forks_than_cells_ends_with_its_jobs",
    ),
    "R22": (
        "cost grows with the fleet and no faster (bench/drill.py prints the growth)",
        LIBRARY + "recovery/effects/test_launch.py::test_a_launch_reads_little",
        INTEGRATION + "scale.py::test_a_drill_of_three_hundred_servers_in_few_calls_and_little_time_beyond_its_jobs",
    ),
    "K1": (
        "history that could not be recorded does not end the lists of the store",
        STORE + "store_troubles.py::test_what_is_ours_and_no_record_is_not_named",
        INTEGRATION + "history.py::test_whatever_fails_beside_a_run_the_run_ends_as_it_did_and_nothing_is_lost",
    ),
    "K2": (
        "what is damaged, foreign or newer is named, and the others are listed",
        STORE + "store_troubles.py::test_one_spoilt_run_is_named_and_the_others_are_listed",
        STORE + "store_troubles.py::test_random_bytes_never_end_a_list",
        STORE + "store_troubles.py::test_what_is_foreign_in_the_table_is_named_and_the_runs_are_listed",
    ),
    "K3": (
        "a record in parts is read whole whoever writes, and leaves nothing behind",
        STORE + "store_parts.py::test_a_reader_between_any_two_writes_finds_the_old_or_the_new",
        STORE + "store_parts.py::test_what_a_crash_leaves_is_removed_by_the_next_writer",
    ),
    "K4": (
        "times are those of AWS, and an end before its beginning is told",
        STORE + "store_clocks.py::test_the_times_of_a_run_in_a_table_are_those_of_aws",
        STORE + "store_clocks.py::test_a_run_that_a_slower_clock_took_over_has_taken_nobody_knows_how_long",
        STORE + "store_clocks.py::test_an_approval_holds_as_long_as_it_was_given_whatever_the_approvers_clock_says",
    ),
    "K5": (
        "filters and pages are complete and linear",
        STORE + "store_scale.py::test_a_filter_of_a_table_is_complete_and_reads_each_item_once",
        STORE + "store_scale.py::test_a_page_of_a_table_is_one_query_and_begins_behind_the_one_before",
        STORE + "store_scale.py::test_a_page_of_a_directory_reads_each_file_once",
    ),
    "K6": (
        "a record of a newer version is not written over",
        STORE + "store_troubles.py::test_a_run_of_a_newer_version_is_not_written_over",
        STORE + "store_troubles.py::test_a_document_that_could_not_be_read_again_is_not_written",
        INTEGRATION + "run_playbooks.py::test_a_store_with_things_that_nobody_can_read_is_listed_and_not_written_over",
    ),
    "K7": (
        "old runs are removed and open ones never, a table is checked, a run without its table is put back",
        STORE + "removal.py::test_a_run_that_is_over_goes_with_all_that_belongs_to_it",
        STORE + "removal.py::test_an_open_run_is_never_removed",
        STORE + "removal.py::test_an_open_run_that_the_index_has_as_ended_is_kept_and_named",
        STORE + "table.py::test_a_table_with_other_keys_is_said",
        STORE + "put_back.py::test_a_run_that_the_store_never_knew_is_there_as_it_was",
        INTEGRATION + "run_control.py::test_a_store_that_is_down_stops_a_drill_and_not_a_declared_disaster",
    ),
}


@cache
def names_in(file: str) -> set[str]:
    """The tests of a file."""
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return {one.name for one in tree.body if isinstance(one, ast.FunctionDef) and one.name.startswith("test_")}


def test_no_promise_is_left_out():
    assert list(PROMISES) == [*(f"R{number}" for number in range(1, 23)), *(f"K{number}" for number in range(1, 8))]


@pytest.mark.parametrize("number", PROMISES)
def test_every_promise_has_tests_that_exist(number):
    _promise, *named = PROMISES[number]
    for one in named:
        file, _colons, name = one.partition("::")
        assert (name in names_in(file)) if name else names_in(file), one
    assert named
