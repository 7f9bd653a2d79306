"""The OpenAPI contract, completed: every refusal of every route as an RFC 9457 problem, the bearer token, an example for each act."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

TEXT = {"type": "object", "properties": {"ja": {"type": "string"}, "en": {"type": "string"}}, "required": ["ja", "en"]}
PROBLEM = {
    "type": "object",
    "description": "RFC 9457 problem details; `text` and `next_step` in both languages, `pointer` (RFC 6901) into the request",
    "required": ["type", "title", "status", "name", "text"],
    "properties": {
        "type": {"type": "string", "examples": ["urn:hozen:refusal:not-found"]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "name": {"type": "string", "description": "Stable name of the refusal"},
        "text": TEXT,
        "article": {"type": "string", "description": "The law it rests on, where it does"},
        "pointer": {"type": "string"},
        "next_step": TEXT,
        "faults": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "pointer": {"type": "string"},
                    "fault": {"type": "string"},
                    "article": {"type": "string"},
                    "text": TEXT,
                    "next_step": TEXT,
                },
            },
        },
        "form": {"type": "string", "description": "The form and version that was judged by"},
        "more": {"type": "integer", "description": "Faults beyond those told"},
    },
}
EVERYWHERE = {
    401: "No token, or one that does not hold",
    403: "Known, but not allowed",
    404: "Absent or hidden: the same answer",
    422: "A field does not hold",
    500: "An unforeseen fault; nothing of its cause is told",
    503: "Not available now; nothing was changed",
}
OF_BODIES = {400: "The request cannot be read", 413: "Too large"}
OF_ACTS = {
    409: "The law has no such step here, or a condition of it does not hold",
    412: "The case has moved on",
    428: "If-Match is needed",
}
PARAMETERS: dict[str, dict[str, Any]] = {
    "if-match": {"type": "string", "pattern": '^"?[0-9]{1,9}"?$', "examples": ['"3"']},
}
CURSOR = {
    "type": "string",
    "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])-([0-2][0-9]|3[01])~-?[0-9]{1,19}~[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
}
"""`next` of the page before."""
STREAMS = {"/audit/bundle": ("application/octet-stream", "text/csv", "application/x-ndjson")}
"""Answers that are no JSON: their media types."""
_FILED = {
    ("get", "/filings/{filing_id}"): {"filing_id": "$response.body#/case"},
    ("get", "/filings/{filing_id}/workbench"): {"filing_id": "$response.body#/case"},
    ("get", "/filings/{filing_id}/receipt"): {"filing_id": "$response.body#/case"},
}
_LISTED = {
    ("get", "/filings/{filing_id}"): {"filing_id": "$response.body#/filings/0/id"},
    ("get", "/filings"): {"after": "$response.body#/next"},
}
_PART = {"filing_id": "$request.path.filing_id", "part_id": "$response.body#/parts/0/id"}
LINKS = {
    ("post", "/filings", "201"): _FILED,
    ("post", "/filings/entered", "201"): _FILED,
    ("get", "/filings", "200"): _LISTED,
    ("get", "/filings/{filing_id}", "200"): {("get", "/filings/{filing_id}/parts/{part_id}"): _PART},
    ("post", "/facts", "201"): {("delete", "/facts/{fact_id}"): {"fact_id": "$response.body#/id"}},
}
"""Which operation goes on from an answer, with what of it (OpenAPI links)."""
SENTENCE = "号の全部に該当する。The item is met whole."
INVENTION = {"claim": 1, "passage": "0010", "item": 13}
ENTERED = {
    "title": "折りたたみ自転車",
    "applicants": ["株式会社例"],
    "description": "【0001】 …",
    "claims": ["折りたたみ可能なフレームを備える自転車。"],
    "symbols": [{"text": "B62K 15/00"}],
}
EXAMPLES: dict[str, Any] = {
    "ActBody": {"happened_on": "2026-11-20", "date_reason": "紙で受け付けた。Received on paper."},
    "NonSendingBody": {
        "form": {
            "applicants": [{"name": "株式会社例", "address": "東京都千代田区"}],
            "application_number": "特願2026-123456",
            "filed_on": "令和8年11月20日",
        },
    },
    "ReasonedBody": {"reason": SENTENCE},
    "SendBody": {"reason": SENTENCE, "inventions": [{**INVENTION, "item": 46, "content": "yes", "additional": "a"}]},
    "NotToSendBody": {"reason": SENTENCE, "inventions": [INVENTION], "unnecessary": []},
    "ClassificationBody": {"reason": SENTENCE, "symbols": [{"scheme": "ipc", "text": "B63G 8/28"}]},
    "BulkBody": {"reason": SENTENCE, "cases": [{"case": "9f0c7c1e-5d0e-4a55-9a55-0d6d6f1f7a10", "version": 3}]},
    "InventionsBody": {"reason": SENTENCE, "inventions": [INVENTION]},
    "DesignateBody": {"reason": SENTENCE, "inventions": [INVENTION], "until": "2027-11-19", "compartment": "a"},
    "DemandBody": {"reason": SENTENCE, "until": "2026-12-18"},
    "PrimaryDemandBody": {
        "reason": SENTENCE,
        "asked": [{"item": 46, "questions": ["additional"]}],
        "until": "2026-12-18",
    },
    "AnswerBody": {"reason": SENTENCE},
    "TransferBody": {
        "reason": SENTENCE,
        "predecessor": "9f0c7c1e-5d0e-4a55-9a55-0d6d6f1f7a10",
        "successor": "4b1d2f80-0a3c-4a66-8d3f-6f0e2a7c9b21",
        "name": "株式会社承継 / Successor KK",
        "address": "東京都千代田区 / Chiyoda, Tokyo",
    },
    "UntilBody": {"reason": SENTENCE, "until": "2026-12-18"},
    "ReadEntered": {"filing": ENTERED, "self_check": True},
    "FileEntered": {"filing": ENTERED, "happened_on": "2026-11-20", "date_reason": "書面で受領。Received on paper."},
    "RejectBody": {"reason": "手数料が納付されていない。The fee is not paid.", "ground": "fee"},
    "ReferBody": {"reason": SENTENCE, "inventions": [{**INVENTION, "left_out": True}]},
    "ReferralAnswerBody": {"reason": "既に広く知られた技術。Well known.", "clearly_harmless": True},
    "LaterFilingBody": {"filing": "9f0c7c1e-5d0e-4a55-9a55-0d6d6f1f7a10"},
    "RequestBody": {
        "form": {
            "requesters": [{"name": "株式会社例", "address": "東京都千代田区"}],
            "title": "折りたたみ自転車",
            "commissioned_by_state": False,
            "filed_in_japan": False,
            "fee": {"amount": 25000, "paid_by": "stamps", "stamps": [{"value": 5000, "count": 5}]},
            "description": {"language": "ja", "title": "折りたたみ自転車", "detailed": "【0001】 …"},
        },
        "symbols": [{"text": "B62K 15/00"}],
    },
    "ContactBody": {"address": "taro@example.jp"},
    "CorrectBody": {
        "reason": "日付の誤り。A wrong date.",
        "event": "9f0c7c1e-5d0e-4a55-9a55-0d6d6f1f7a10",
        "happened_on": "2026-11-19",
    },
}


def install(app: FastAPI) -> None:
    """Let the application tell the completed contract."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            told = get_openapi(title=app.title, version=app.version, summary=app.summary, routes=app.routes)
            app.openapi_schema = completed(told)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def completed(told: dict[str, Any]) -> dict[str, Any]:
    """The contract with problems, security and examples."""
    schemas = told["components"]["schemas"]
    schemas["Problem"] = PROBLEM
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    for name, example in EXAMPLES.items():
        if name in schemas:
            schemas[name]["examples"] = [example]
    told["components"]["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer", "bearerFormat": "at+jwt (RFC 9068)"}
    }
    told["security"] = [{"token": []}]
    for path, methods in told["paths"].items():
        for method, operation in methods.items():
            _mend_parameters(operation)
            operation["responses"].pop("422", None)
            for status, why in _refusals(path, method).items():
                operation["responses"][str(status)] = _problem(why)
    for path, kinds in STREAMS.items():
        schema = {"type": "string", "format": "binary"}
        told["paths"][path]["get"]["responses"]["200"]["content"] = {kind: {"schema": schema} for kind in kinds}
    for (method, path, answered), links in LINKS.items():
        paths = told["paths"]
        paths[path][method]["responses"][answered]["links"] = {
            paths[to][by]["operationId"]: {"operationId": paths[to][by]["operationId"], "parameters": parameters}
            for (by, to), parameters in links.items()
        }
    return told


def _mend_parameters(operation: dict[str, Any]) -> None:
    """What the framework tells less of a parameter than the service asks of it."""
    for parameter in operation.get("parameters", ()):
        cursor = parameter.get("description", "").startswith("`next`")
        if told := CURSOR if cursor else PARAMETERS.get(parameter["name"]):
            parameter["schema"] = {k: v for k, v in parameter["schema"].items() if k == "title"} | told


def _refusals(path: str, method: str) -> dict[int, str]:
    """The refusals that a route can answer with."""
    found = dict(EVERYWHERE)
    if method == "post":
        found |= OF_BODIES
        if path in ("/filings", "/filings/read-back", "/confirmations/uploaded"):
            found[415] = "Files come as multipart/form-data"
        if path in ("/filings", "/filings/entered"):
            found[409] = "The Idempotency-Key was used for something else, or something else was confirmed"
            found[428] = "The read-back must be confirmed"
        elif path.startswith("/filings/{") or path == "/drafts/{draft_id}/submit":
            found |= OF_ACTS
        elif path in ("/facts", "/mandates"):
            found[409] = "The Idempotency-Key was used for something else"
    if method == "put":
        found |= OF_BODIES
    if method == "put" and path.startswith("/drafts"):
        found |= {409: "It was saved elsewhere meanwhile", 428: "If-Match is needed"}
    if method == "post" and path.startswith("/confirmations"):
        found |= OF_ACTS if "{" in path else {409: "The Idempotency-Key was used for something else"}
    if path.startswith("/audit"):
        found[409] = "There is no checkpoint yet"
    return found


def _problem(why: str) -> dict[str, Any]:
    return {
        "description": why,
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
