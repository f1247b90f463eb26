"""Test words of other schemes on tags: what stays out, what asks for protection, ranks, bounds and waves."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import tags as tag_values
from ansible_collections.resilience.drs.plugins.module_utils._drs.safety import tag_checks

KEYS = tag_values.resolve_keys()
NEITHER = "disabled|N/A|none|NON-DR-ENABLED|excluded|opt-out|never|f|No.|'false'|not enabled|00|-|tbd|inactive".split(
    "|"
)


def machine(tags, name="m"):
    return {"name": name, "source_server_id": "s-1", "tags": tags}


def codes(tags):
    return {one["code"]: one for one in tag_checks.of_server(machine(tags), KEYS, "error")}


@pytest.mark.parametrize("value", NEITHER)
def test_an_opt_out_in_other_words_is_named_with_tag_and_value(value):
    told = codes({"dr:enabled": value, "dr:wave": "1"})["tag_unclear"]
    assert told["severity"] == "error" and f"dr:enabled={value} is neither yes nor no" in told["message"]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *(
            (key, "no")
            for key in "dr|DRS|DisasterRecovery|disaster-recovery:enabled|drs:enabled|dr:participate".split("|")
        ),
        *(
            (key, "true")
            for key in "dr:exclude|DR-Exclude|dr:opt-out|DR-OptOut|dr:skip|dr:disabled|DRDisabled".split("|")
        ),
        ("dr:included", "no"),
    ],
)
def test_a_key_of_another_scheme_that_says_who_takes_part_is_named(key, value):
    told = codes({key: value})["tag_key_near"]
    assert f"{key}={value}" in told["message"] and "dr:enabled" in told["message"] and told["severity"] == "error"


@pytest.mark.parametrize("tags", [
    {"dr:enabled": "true", "dr:protected": "true"},
    {"dr:enabled": "no", "dr:exclude": "true"},
    {"DR": "true"},
    {"dr:exclude": "false"},
    {"dr:exclude": "team-a"},
    {"dr:notes": "true"},
    {"dr:target-region": "us-west-2"},
])  # fmt: skip
def test_what_says_the_same_or_nothing_of_it_is_no_finding(tags):
    assert codes(tags) == {}


@pytest.mark.parametrize(
    ("key", "meant", "severity"),
    [
        ("dr:app", "dr:application", "error"),
        ("dr:wave-number", "dr:wave", "error"),
        ("DR-Wave-Group", "dr:wave", "error"),
        ("dr:criticality", "dr:critical", "error"),
        ("dr:rto-hours", "dr:rto", "error"),
        ("dr:rpo-minutes", "dr:rpo", "error"),
        ("RTO", "dr:rto", "warning"),
        ("rpo", "dr:rpo", "warning"),
    ],
)
def test_short_forms_and_words_behind_a_name_are_near(key, meant, severity):
    told = codes({key: "4"})["tag_key_near"]
    assert f"did you mean {meant}" in told["message"] and told["severity"] == severity


@pytest.mark.parametrize("strategy", ["AWS DRS", "drs (aws)", "drss", "aws-drs", "Elastic Disaster Recovery", "DRS"])
def test_a_strategy_that_means_drs_is_named(strategy):
    tags = {"dr:enabled": "true", "dr:recovery-strategy": strategy}
    assert f"={strategy} is not drs" in tag_checks.near_opt_in(machine(tags), KEYS)["message"]


@pytest.mark.parametrize("tags", [
    {"enabled": "true", "recovery-strategy": "drs"},
    {"DRS": "true"},
    {"dr:protected": "true"},
    {"dr:include": "yes", "dr:recovery-strategy": "drs"},
])  # fmt: skip
def test_an_opt_in_of_another_scheme_is_named(tags):
    assert tag_checks.near_opt_in(machine(tags), KEYS)["code"] == "tag_opt_in_near"


@pytest.mark.parametrize("tags", [
    {"dr:exclude": "true"}, {"dr:opt-out": "yes"}, {"DR": "no"}, {"recovery-strategy": "backup"},
    {"dr:enabled": "true", "dr:recovery-strategy": "pilot-light"},
])  # fmt: skip
def test_who_stays_out_or_recovers_otherwise_asks_for_nothing(tags):
    assert tag_checks.near_opt_in(machine(tags), KEYS) is None


@pytest.mark.parametrize(
    "words",
    [
        "1 - critical|2 - high|3 - low",
        "critical (1)|medium (3)|low (4)",
        "1st|2nd|3rd",
        "first|second|third",
        "#1|#2|#10",
        "primary|secondary|tertiary",
        "H|M|L",
        "hi|med|lo",
        "P0|P1|Priority: 2",
        "must-have|should-have|nice-to-have",
        "critical|not critical",
    ],
)
def test_ranks_in_other_words_have_their_order(words):
    written = words.split("|")
    mixed = written[::-1]
    assert sorted(mixed, key=lambda one: tag_values.priority_key(one, KEYS)) == written


@pytest.mark.parametrize("word", ["hoch", "medium-high", "above normal", "asap", "2.5"])
def test_a_word_without_a_rank_is_named(word):
    told = tag_checks.of_all([machine({"dr:priority": word})], KEYS)
    assert [one["code"] for one in told] == ["priority_unknown"] and word in told[0]["message"]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("<4h", 14400),
        ("<= 4h", 14400),
        ("< 15 min", 900),
        ("max 2 hours", 7200),
        ("15 minutes max", 900),
        ("≤1d", 86400),
    ],
)
def test_a_bound_says_what_its_duration_says(text, seconds):
    assert tag_values.objective({"dr:rto": text}, "rto", KEYS).seconds == seconds
    assert codes({"dr:rto": text}) == {}


def test_a_bound_without_a_unit_is_said_aloud():
    (told,) = tag_checks.of_all([machine({"dr:rto": "< 30"})], KEYS)
    assert told["code"] == "objective_without_unit" and "< 30 read as 30s" in told["message"]


@pytest.mark.parametrize("text", ["~15m", "half an hour", "4:30", "1,5h", "-5", "24x7", "best effort", "4h30", "15'"])
def test_an_objective_that_may_mean_two_things_is_a_finding(text):
    assert f"dr:rto={text} is not a duration" in codes({"dr:rto": text})["invalid_duration"]["message"]


@pytest.mark.parametrize(
    "wave", ["w1", "W1", "#1", "1.0", "1st", "first", "one", "wave-one", "Wave: 1", "WAVE_01", "wave—1"]
)
def test_a_wave_in_another_spelling_is_one_wave_with_a_warning(wave):
    servers = [machine({"dr:wave": "1"}, "a"), machine({"dr:wave": wave}, "b")]
    assert [len(members) for members in tag_values.group_by_wave(servers, KEYS).values()] == [2]
    assert [one["code"] for one in tag_checks.of_all(servers, KEYS)] == ["wave_spellings"]


@pytest.mark.parametrize("wave", ["batch 1", "Phase1", "group-01", "tier-1"])
def test_waves_with_one_number_stay_two_and_are_named(wave):
    servers = [machine({"dr:wave": "1"}, "a"), machine({"dr:wave": wave}, "b")]
    assert len(tag_values.group_by_wave(servers, KEYS)) == 2
    (told,) = tag_checks.of_all(servers, KEYS)
    assert "are different waves" in told["message"]


def test_waves_of_one_word_with_their_own_numbers_are_no_finding():
    servers = [machine({"dr:wave": wave}, wave) for wave in ("batch 1", "batch 2", "3", "db", "web")]
    assert tag_checks.of_all(servers, KEYS) == []


def test_another_scheme_that_contradicts_the_known_tag_is_named():
    assert "DR=true" in codes({"dr:enabled": "no", "DR": "true"})["tag_key_near"]["message"]
    assert "dr:exclude=true" in codes({"dr:enabled": "yes", "dr:exclude": "true"})["tag_key_near"]["message"]
