"""Handle an AWS call: identify caller and service, inject faults, call the service, write the journal.

The services are moto's response classes, called with the address they would have in AWS; moto's own server is not used,
because it looks for the service of each request anew, closes each connection and answers unknown operations with an
HTML page and status 500.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import io
import re
import sys
import time
import traceback
from collections.abc import Callable
from email.utils import format_datetime
from typing import Any
from urllib.parse import unquote

from ..assembly import seeding
from ..iam import calls
from ..iam.accounts import Principal
from ..iam.guard import Guard
from ..moto_fixes import registry
from ..protocol import wire
from ..protocol.refused import Refused
from ..protocol.wire import Answer, Call
from ..world.faults import HOLDS
from ..world.world import World

NOT_IMPLEMENTED = "NotImplementedBySimulator"
_FULL_REQUESTS = ("drs", "sts", "ec2", "ssm", "sns", "cloudwatch", "events")

Handler = Callable[[Any, str, Any], Any]


class Gateway:
    """Answers AWS requests from one world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.guard = Guard(world)
        self.internal_errors = 0
        self._routes: dict[str, list[tuple[re.Pattern[str], Handler]]] = {}

    def handle(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Answer:
        """Answer one request. target: path and query as sent; headers: lower-case names. Never raises."""
        with self.world.clock.working():
            return self._handle(method, target, headers, body)

    def _handle(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Answer:
        path, _sep, query = target.partition("?")
        headers, body = wire.inflated(headers, body)
        call = wire.parse(method, path, query, headers, body)
        arrived = self.world.clock.now()
        principal: Principal | None = None
        rule = None
        try:
            principal = self.world.accounts.resolve(call.access_key_id)
            self._name_action(call, method, target, headers, body)
            rule = self.world.faults.pick(call.service, call.action, principal.account, call.region)
            answer = self._answer(call, principal, rule, method, target, headers, body)
        except Refused as refused:
            answer = wire.refusal(call, refused.code, refused.message, refused.status)
        except Exception:
            self.internal_errors += 1
            traceback.print_exc(file=sys.stderr)
            answer = wire.error(
                call,
                "InternalFailure",
                f"The simulator itself failed on {call.service}:{call.action}: {_last_line()}",
                500,
            )
        if rule is not None and rule.kind in ("drop_connection", "drop_response", *HOLDS):
            answer.drop = True
        verdict = call.verdict
        entry = self.world.journal.record(
            time=arrived.isoformat(),
            account=principal.account if principal else None,
            region=call.region,
            principal=principal.arn if principal else None,
            source_identity=principal.source_identity if principal else None,
            service=call.service,
            action=call.action,
            status=None if answer.drop else answer.status,
            error=self._journal_error(rule, answer),
            fault=rule.id if rule else None,
            request=_noted(call),
            iam_actions=verdict.actions if verdict else [calls.action_of(call)],
            denied=verdict.refusal if verdict else None,
        )
        if verdict is not None:
            self.world.journal.record_dependents(entry, verdict.dependents)
        if rule is not None and rule.kind in HOLDS:
            self.world.faults.hold(rule)
        answer.headers["Date"] = format_datetime(self.world.clock.now().replace(microsecond=0), usegmt=True)
        return answer

    @staticmethod
    def _journal_error(rule: Any, answer: Answer) -> str | None:
        if answer.drop:
            # What the effect was stands in the ledger; the error of a dropped answer is that there was none.
            if rule.kind in ("drop_connection", "hold_before"):
                return "ConnectionClosed"
            return wire.error_code(answer) or "ResponseDropped"
        return wire.error_code(answer)

    def _answer(
        self,
        call: Call,
        principal: Principal,
        rule: Any,
        method: str,
        target: str,
        headers: dict[str, str],
        body: bytes,
    ) -> Answer:
        """The answer after the fault (if any) had its way."""
        if rule is not None:
            if rule.kind == "slow":
                time.sleep(rule.seconds)
            elif rule.kind in ("drop_connection", "hold_before"):
                return Answer(0)
            elif rule.kind not in ("drop_response", "hold_after"):
                return wire.trouble(call, rule.kind, principal.arn)
        problem = self._unanswerable(call, method, target, body)
        if problem is not None:
            return problem
        with self.world.lock:
            # EC2 and the others must show what DRS has launched or terminated by now.
            seeding.settle()
            call.verdict = self.guard.look(call, principal)
            refused = call.verdict.refusal
            if refused is not None:
                return wire.denied(call, principal.arn, **refused)
            return self._serve(call, principal, method, target, headers, body)

    def _unanswerable(self, call: Call, method: str, target: str, body: bytes) -> Answer | None:
        """An error for a Region or an operation that does not exist, or a body that cannot be read."""
        if not wire.region_exists(call.service, call.region):
            return wire.error(
                call,
                "InvalidRegion",
                f"There is no endpoint of {call.service} in Region '{call.region}'. "
                "Check the spelling, or pick a Region that the service supports.",
                400,
            )
        if call.service == "drs" and call.action not in wire.drs_operations():
            return wire.error(call, "UnknownOperationException", f"DRS has no operation '{call.action}'.", 404)
        path = unquote(target.partition("?")[0])
        if call.service == "drs" and not wire.drs_route(call.action, method, path):
            text = f"DRS has no operation '{call.action}' under {method} {path}."
            return wire.error(call, "UnknownOperationException", text, 404)
        if call.protocol == "json" and method != "POST":
            return wire.error(call, "UnknownOperationException", f"{call.action} is asked by POST.", 404)
        problem = wire.unreadable(call, body)
        if problem and call.service == "drs":
            return wire.error(call, "ValidationException", problem, 400, {"reason": "cannotParse"})
        return wire.error(call, "SerializationException", problem, 400) if problem else None

    def _name_action(self, call: Call, method: str, target: str, headers: dict[str, str], body: bytes) -> None:
        """Name the operation of REST services other than DRS, whose path alone does not tell it."""
        if call.protocol not in ("rest-json", "rest-xml") or call.service == "drs":
            return
        from moto.core.routing import get_service_router

        try:
            request = self._request(call, method, target, headers, body, "")
            operation, _params = get_service_router(call.service).match(request)
            call.action = operation.name
        except Exception:
            # The name is only for the journal and for faults; method and path stay in its place.
            return

    def _request(self, call: Call, method: str, target: str, headers: dict[str, str], body: bytes, account: str) -> Any:
        """The request as moto wants it, addressed to the host the service has in AWS."""
        from moto.core.request import Request

        path, _sep, query = target.partition("?")
        environ: dict[str, Any] = {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote(path, "latin-1"),
            "QUERY_STRING": query,
            "RAW_URI": target,
            "SERVER_NAME": "simulator",
            "SERVER_PORT": "443",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "https",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        for name, value in headers.items():
            key = name.upper().replace("-", "_")
            environ[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = value
        environ.pop("HTTP_TRANSFER_ENCODING", None)
        environ["CONTENT_LENGTH"] = str(len(body))
        environ["HTTP_HOST"] = f"{call.signing_name}.{call.region}.amazonaws.com"
        environ["HTTP_X_MOTO_ACCOUNT_ID"] = account
        return Request(environ)

    def _handlers(self, call: Call) -> list[tuple[re.Pattern[str], Handler]]:
        """The handlers of the service behind a host, found once."""
        host = f"{call.signing_name}.{call.region}.amazonaws.com"
        if host not in self._routes:
            import moto.backend_index as index
            from moto import backends
            from moto.core import DEFAULT_ACCOUNT_ID

            found: list[tuple[re.Pattern[str], Handler]] = []
            for name, pattern in index.backend_url_patterns:
                if not pattern.match(f"https://{host}"):
                    continue
                regional: Any = backends.get_backend(name)[DEFAULT_ACCOUNT_ID]
                registry.apply(name)
                urls = regional["us-east-1" if "us-east-1" in regional else "aws"].urls
                found.extend((re.compile(url), handler) for url, handler in urls.items())
            self._routes[host] = found
        return self._routes[host]

    def _serve(
        self,
        call: Call,
        principal: Principal,
        method: str,
        target: str,
        headers: dict[str, str],
        body: bytes,
    ) -> Answer:
        """Let moto answer."""
        from werkzeug.exceptions import HTTPException

        request = self._request(call, method, target, headers, body, principal.account)
        request.environ[wire.PRINCIPAL_KEY] = principal
        url = request.raw_url
        bare = url.partition("?")[0]
        handler = next((h for pattern, h in self._handlers(call) if pattern.match(bare)), None)
        if handler is None:
            return self._not_implemented(call)
        try:
            result = handler(request, url, request.headers)
        except NotImplementedError:
            return self._not_implemented(call)
        except Refused as refused:
            return wire.error(call, refused.code, refused.message, refused.status)
        except HTTPException as problem:
            body_text = problem.get_body()
            return _answer(problem.code or 500, dict(problem.get_headers()), body_text)
        status, answer_headers, content = result if len(result) == 3 else (200, {}, result)
        if int(status) == 404 and not content:
            return self._not_implemented(call)
        return _answer(int(status), answer_headers, content)

    @staticmethod
    def _not_implemented(call: Call) -> Answer:
        return wire.error(
            call,
            NOT_IMPLEMENTED,
            f"The simulator does not implement {call.service}:{call.action}.",
            400,
        )


def _answer(status: int, headers: Any, content: Any) -> Answer:
    raw = content if isinstance(content, bytes) else str(content or "").encode()
    kept = {
        str(name): str(value)
        for name, value in dict(headers).items()
        if str(name).lower() not in ("status", "date", "content-length", "connection", "transfer-encoding")
    }
    return Answer(status, kept, raw)


def _last_line() -> str:
    return traceback.format_exc(limit=0).strip().splitlines()[-1]


def _noted(call: Call) -> dict[str, Any]:
    """What the journal keeps of a request: all of it, or for items of DynamoDB their table and key."""
    if call.service in _FULL_REQUESTS:
        return call.params
    if call.service == "dynamodb":
        item = call.params.get("Item") or call.params.get("Key") or {}
        key = {name: next(iter(item[name].values())) for name in ("run_id", "item") if isinstance(item.get(name), dict)}
        return {"TableName": call.params.get("TableName"), **key}
    return {}
