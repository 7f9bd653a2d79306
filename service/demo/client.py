"""A demo person's way to the service: plain HTTP with his token, as a script of his would do it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2

from service.demo.people import BY_NAME


class Unexpected(Exception):
    """The service answered something else than the walk expects: what was asked, the status, the refusal's name."""


class Person:
    """One demo person at the service."""

    def __init__(self, http: httpx2.Client, issuer: str, name: str) -> None:
        self._http, self._issuer = http, issuer
        self.name = name
        self.id = BY_NAME[name].id

    def _token(self) -> str:
        answer = self._http.post(f"{self._issuer}/token", params={"person": self.name})
        token: str = answer.json()["access_token"]
        return token

    def ask(self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **more: Any) -> httpx2.Response:
        """One request with a fresh token, and a fresh idempotency key with what may make something."""
        key = {"idempotency-key": uuid4().hex} if method == "POST" else {}
        own = {"authorization": f"Bearer {self._token()}", **key}
        return self._http.request(method, path, headers={**own, **(headers or {})}, **more)

    def get(self, path: str, **params: Any) -> Any:
        """The JSON of a GET. Raises Unexpected."""
        return _ok(self.ask("GET", path, params=params), path).json()

    def status(self, path: str) -> int:
        """The status of a GET, whatever it is."""
        return self.ask("GET", path).status_code

    def read_back(self, files: Mapping[str, bytes], **form: str) -> httpx2.Response:
        """What the service understands of the documents of one application."""
        return self.ask("POST", "/filings/read-back", files=_parts(files), data=form)

    def file(self, files: Mapping[str, bytes], key: str | None = None, **form: str) -> httpx2.Response:
        """File the documents of one application as they were read back; or the refusal to read them."""
        told = self.read_back(files, **{k: v for k, v in form.items() if k in ("application", "original_filed_on")})
        if told.status_code != 200:
            return told
        confirmed = {**form, "read_back": told.json()["digest"]}
        return self.ask(
            "POST", "/filings", headers={"idempotency-key": key or uuid4().hex}, files=_parts(files), data=confirmed
        )

    def act(self, case: str, name: str, **said: Any) -> dict[str, Any]:
        """Do an act on the case as it stands. Raises Unexpected."""
        path = f"/filings/{case}/{name.replace('_', '-')}"
        tag = self.ask("GET", f"/filings/{case}").headers.get("etag", "")
        done: dict[str, Any] = _ok(self.ask("POST", path, headers={"if-match": tag}, json=said), path).json()
        return done

    def part(self, case: str, document: str) -> Any:
        """The content of the case's part of this document code. Raises Unexpected."""
        found = next((p for p in self.get(f"/filings/{case}")["parts"] if p["document"] == document), None)
        if found is None:
            raise Unexpected(f"{self.name} sees no part {document}")
        return self.get(f"/filings/{case}/parts/{found['id']}")["content"]

    def download(self, path: str, to: Path, **params: Any) -> None:
        """Stream an answer into a file. Raises Unexpected."""
        with self._http.stream(
            "GET", path, params=params, headers={"authorization": f"Bearer {self._token()}"}
        ) as answer:
            if answer.status_code != 200:
                raise Unexpected(f"GET {path}: {answer.status_code}")
            with to.open("wb") as out:
                for chunk in answer.iter_bytes():
                    out.write(chunk)


def _parts(files: Mapping[str, bytes]) -> list[tuple[str, tuple[str, bytes, str]]]:
    return [("files", (name, data, "application/octet-stream")) for name, data in files.items()]


def _ok(answer: httpx2.Response, path: str) -> httpx2.Response:
    if answer.status_code >= 300:
        name = answer.json().get("name", "") if "json" in answer.headers.get("content-type", "") else ""
        raise Unexpected(f"{answer.request.method} {path}: {answer.status_code} {name}")
    return answer
