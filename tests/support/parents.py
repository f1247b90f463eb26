"""Parent systems in small: an AWX that starts jobs, and what runs the documents of docs/examples against it.

The runners know the states, steps and functions that the examples use, with the rules of their languages; anything
else is an error, so that an example never says what nobody has tried.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import re
import threading
import types
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOKEN = "token-of-the-test"
MISSING = object()


class Awx:
    """Job templates and jobs over HTTP. ``answers`` are those of the jobs in their order, each looked at twice."""

    def __init__(self, answers: list[Any]) -> None:
        self.answers, self.started, self._looks = answers, [], {}
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_args):
                pass

            def _tell(self, body):
                if self.headers["Authorization"] != "Bearer " + TOKEN:
                    self.send_error(401)
                    return
                data = json.dumps(body).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                assert self.path == "/api/v2/job_templates/42/launch/"
                owner.started.append(json.loads(body["extra_vars"]["orchestrate_input"]))
                self._tell({"id": len(owner.started)})

            def do_GET(self):
                number = int(re.fullmatch(r"/api/v2/jobs/(\d+)/", self.path).group(1))
                looks = owner._looks[number] = owner._looks.get(number, 0) + 1
                answer = owner.answers[number - 1]
                if looks < 2:
                    self._tell({"status": "running", "artifacts": {}})
                    return
                ready = bool(answer) and answer["nextPhaseReady"]
                artifacts = {"drs_orchestration": answer} if answer else {}
                self._tell({"status": "successful" if ready else "failed", "artifacts": artifacts})

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = "http://127.0.0.1:%d" % self._server.server_address[1]

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_exc):
        self._server.shutdown()
        self._server.server_close()


def _asked(method, url, body=None):
    """What the API destination of EventBridge adds: the token of its connection."""
    headers = {"Authorization": "Bearer " + TOKEN, "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data, headers, method=method), timeout=10) as answer:
        return {"ResponseBody": json.load(answer)}


# -- Step Functions ----------------------------------------------------------------------------------------------------

_STATES = {
    "Pass": {"Parameters", "ResultPath", "Next"},
    "Task": {"Resource", "Parameters", "ResultSelector", "ResultPath", "Retry", "Next"},
    "Wait": {"Seconds", "Next"},
    "Choice": {"Choices", "Default"},
    "Succeed": {"OutputPath"},
    "Fail": {"Error", "CausePath"},
}
_TESTS = ("StringEquals", "BooleanEquals", "IsPresent")
_RETRY = {"ErrorEquals", "IntervalSeconds", "MaxAttempts", "BackoffRate", "MaxDelaySeconds"}


def state_machine_problems(machine: dict[str, Any]) -> list[str]:
    """What is wrong with a definition in the States Language, as far as the examples use it."""
    states = machine["States"]
    problems = ["machine: %s" % key for key in set(machine) - {"Comment", "StartAt", "TimeoutSeconds", "States"}]
    reached, ahead = set(), [machine["StartAt"]]
    while ahead:
        name = ahead.pop()
        if name in reached:
            continue
        reached.add(name)
        state = states.get(name)
        if state is None:
            problems.append("%s: no such state" % name)
            continue
        kind = state.get("Type")
        if kind not in _STATES:
            problems.append("%s: no type %s" % (name, kind))
            continue
        problems += ["%s: %s has no %s" % (name, kind, key) for key in set(state) - _STATES[kind] - {"Type"}]
        if kind in ("Pass", "Task", "Wait") and "Next" not in state:
            problems.append("%s: leads nowhere" % name)
        for retry in state.get("Retry", ()):
            problems += ["%s: Retry has no %s" % (name, key) for key in set(retry) - _RETRY]
        for choice in state.get("Choices", ()):
            problems += ["%s: %s" % (name, one) for one in _rule_problems(choice, True)]
        problems += ["%s: %s" % (name, one) for one in _template_problems(state.get("Parameters", {}))]
        ahead += [state[key] for key in ("Next", "Default") if key in state]
        ahead += [choice["Next"] for choice in state.get("Choices", ()) if "Next" in choice]
    problems += ["%s: never reached" % name for name in set(states) - reached]
    problems += ["%s: longer than 80 characters" % name for name in states if len(name) > 80]
    if not any(states[name]["Type"] in ("Succeed", "Fail") for name in reached & set(states)):
        problems.append("nothing ends it")
    return problems


def _rule_problems(rule: dict[str, Any], top: bool) -> list[str]:
    problems = [] if ("Next" in rule) is top else ["a rule has a Next exactly at the top"]
    inner = rule.get("And") or rule.get("Or")
    if inner:
        return problems + [one for part in inner for one in _rule_problems(part, False)]
    tests = [key for key in rule if key in _TESTS]
    if len(tests) != 1 or not str(rule.get("Variable", "")).startswith("$"):
        problems.append("a rule compares one variable once: %s" % rule)
    return problems


def _template_problems(template: Any) -> list[str]:
    problems = []
    for key, value in template.items() if isinstance(template, dict) else ():
        if key.endswith(".$"):
            if not (isinstance(value, str) and re.match(r"\$|States\.", value)):
                problems.append("%s: '%s' is no path" % (key, value))
        elif isinstance(value, str) and value.startswith(("$.", "States.")):
            problems.append("%s: a path needs a key that ends in .$" % key)
        else:
            problems += _template_problems(value)
    return problems


class StateMachine:
    """Runs a definition; waits take no time."""

    def __init__(self, machine: dict[str, Any], execution: str) -> None:
        self._machine = machine
        self._context = {"Execution": {"Name": execution, "Id": "arn:aws:states:::execution:dr:" + execution}}
        self.passed: list[str] = []

    def run(self, data: Any) -> tuple[str, Any]:
        """``Succeed`` with its output, or ``Fail`` with error and cause."""
        name = self._machine["StartAt"]
        while True:
            assert len(self.passed) < 200, self.passed
            self.passed.append(name)
            state = self._machine["States"][name]
            kind = state["Type"]
            if kind == "Succeed":
                return kind, self._value(state.get("OutputPath", "$"), data)
            if kind == "Fail":
                return kind, (state["Error"], self._value(state["CausePath"], data))
            if kind in ("Pass", "Task"):
                result = self._template(state["Parameters"], data)
                if kind == "Task":
                    assert state["Resource"] == "arn:aws:states:::http:invoke"
                    assert result["Authentication"]["ConnectionArn"].startswith("arn:aws:events:")
                    result = _asked(result["Method"], result["ApiEndpoint"], result.get("RequestBody"))
                    result = self._template(state["ResultSelector"], result)
                data = {**data, state["ResultPath"][2:]: result}
            name = self._chosen(state, data) if kind == "Choice" else state["Next"]

    def _chosen(self, state, data):
        return next((one["Next"] for one in state["Choices"] if self._holds(one, data)), state["Default"])

    def _holds(self, rule, data):
        if "And" in rule:
            return all(self._holds(one, data) for one in rule["And"])
        if "Or" in rule:
            return any(self._holds(one, data) for one in rule["Or"])
        value = self._path(rule["Variable"], data)
        if "IsPresent" in rule:
            return (value is not MISSING) is rule["IsPresent"]
        assert value is not MISSING, "States.Runtime: %s" % rule["Variable"]
        return value == rule.get("StringEquals", rule.get("BooleanEquals", MISSING))

    def _template(self, template, data):
        if isinstance(template, dict):
            result = {}
            for key, value in template.items():
                own = key.endswith(".$")
                result[key[:-2] if own else key] = self._value(value, data) if own else self._template(value, data)
            return result
        return template

    def _value(self, text, data):
        if not text.startswith("States."):
            value = self._path(text, data)
            assert value is not MISSING, "States.Runtime: %s" % text
            return value
        name, _bracket, inside = text[:-1].partition("(")
        values = [self._argument(one, data) for one in _arguments(inside)]
        if name == "States.Format":
            return values[0].replace("{}", "%s") % tuple(values[1:])
        if name == "States.JsonToString":
            return json.dumps(values[0])
        assert name == "States.JsonMerge" and values[2] is False, text
        return {**values[0], **values[1]}

    def _argument(self, text, data):
        if text.startswith("'"):
            return text[1:-1]
        return {"true": True, "false": False}[text] if text in ("true", "false") else self._value(text, data)

    def _path(self, path, data):
        value = self._context if path.startswith("$$") else data
        for part in [one for one in path.lstrip("$").split(".") if one]:
            if not isinstance(value, dict) or part not in value:
                return MISSING
            value = value[part]
        return value


def _arguments(text: str) -> list[str]:
    """The arguments of an intrinsic function; a comma in text or in brackets parts nothing."""
    parts, depth, quoted, part = [], 0, False, ""
    for letter in text:
        quoted ^= letter == "'"
        depth += 0 if quoted else (letter == "(") - (letter == ")")
        if letter == "," and depth == 0 and not quoted:
            parts.append(part.strip())
            part = ""
        else:
            part += letter
    return [*parts, part.strip()]


# -- SSM Automation ----------------------------------------------------------------------------------------------------

_STEP = {"name", "action", "inputs", "outputs", "nextStep", "isEnd", "onFailure", "maxAttempts", "timeoutSeconds"}
_INPUTS = {
    "aws:executeScript": {"Runtime", "Handler", "InputPayload", "Script"},
    "aws:sleep": {"Duration"},
    "aws:branch": {"Choices", "Default"},
}
_DOCUMENT = {"schemaVersion", "description", "assumeRole", "parameters", "mainSteps", "outputs"}
_REFERENCE = re.compile(r"\{\{ *([A-Za-z0-9_.:]+) *\}\}")


def automation_problems(document: dict[str, Any]) -> list[str]:
    """What is wrong with an Automation document of schema 0.3, as far as the examples use it."""
    problems = sorted(set(document) ^ _DOCUMENT)
    steps = {step["name"]: step for step in document["mainSteps"]}
    known = {*document["parameters"], "automation:EXECUTION_ID"}
    for name, step in steps.items():
        known |= {"%s.%s" % (name, one["Name"]) for one in step.get("outputs", ())}
    for name, step in steps.items():
        problems += ["%s: %s" % (name, key) for key in set(step) - _STEP]
        problems += ["%s: input %s" % (name, key) for key in set(step["inputs"]) ^ _INPUTS[step["action"]]]
        ahead = [step[key] for key in ("nextStep",) if key in step]
        if step["action"] == "aws:branch":
            ahead += [one["NextStep"] for one in step["inputs"]["Choices"]] + [step["inputs"]["Default"]]
        elif bool(ahead) == bool(step.get("isEnd")):
            problems.append("%s: leads somewhere, or is an end" % name)
        problems += ["%s: no step %s" % (name, one) for one in ahead if one not in steps]
        if not re.fullmatch(r"[A-Za-z0-9_]{3,128}", name):
            problems.append("%s: no name" % name)
        text = json.dumps({key: value for key, value in step["inputs"].items() if key != "Script"})
        problems += ["%s: {{ %s }} is nothing" % (name, one) for one in _REFERENCE.findall(text) if one not in known]
    problems += ["output %s" % one for one in document["outputs"] if one not in known]
    return problems


class Automation:
    """Runs an Automation document; sleeps take no time. Scripts get a boto3 that knows one secret."""

    def __init__(self, document: dict[str, Any], values: dict[str, str], execution: str) -> None:
        self._steps = {step["name"]: step for step in document["mainSteps"]}
        self._first = document["mainSteps"][0]["name"]
        self.known = {**values, "automation:EXECUTION_ID": execution}
        self.passed: list[str] = []

    def run(self) -> None:
        """Runs to its end; raises what a script raises."""
        name = self._first
        while True:
            assert len(self.passed) < 200, self.passed
            self.passed.append(name)
            step = self._steps[name]
            if step["action"] == "aws:executeScript":
                self._script(step)
            if step.get("isEnd"):
                return
            name = self._branch(step["inputs"]) if step["action"] == "aws:branch" else step["nextStep"]

    def _branch(self, inputs):
        chosen = (one["NextStep"] for one in inputs["Choices"] if self._text(one["Variable"]) == one["StringEquals"])
        return next(chosen, inputs["Default"])

    def _text(self, value):
        return _REFERENCE.sub(lambda match: str(self.known[match.group(1)]), value)

    def _script(self, step):
        class Secrets:
            def get_secret_value(self, SecretId):
                return {"SecretString": {"awx-token": TOKEN}[SecretId]}

        inputs = step["inputs"]
        boto3 = types.ModuleType("boto3")
        boto3.client = lambda name: {"secretsmanager": Secrets()}[name]
        own = {"__builtins__": {**vars(__import__("builtins")), "__import__": _importer(boto3)}}
        exec(compile(inputs["Script"], step["name"], "exec"), own)
        events = {key: self._text(value) for key, value in inputs["InputPayload"].items()}
        result = own[inputs["Handler"]](events, None)
        for output in step.get("outputs", ()):
            assert output["Selector"] == "$.Payload." + output["Name"]
            self.known["%s.%s" % (step["name"], output["Name"])] = result[output["Name"]]


def _importer(boto3):
    def imported(name, *args):
        return boto3 if name == "boto3" else __import__(name, *args)

    return imported
