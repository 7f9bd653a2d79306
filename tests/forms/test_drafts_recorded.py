"""A draft changes only together with its record: else a record that fails would leave it changed, and the 503 would say that it is not."""

import json
from uuid import uuid4

from service.demo.client import Person
from service.demo.run import Demo
from tests.web.records import query, records_of

ONE = """select convert_from(r.body, 'utf8') as body from records r join drafts d on r.xid::text::bigint % 4294967296 = d.xmin::text::bigint
where d.id = $1"""


def test_a_draft_is_stored_and_dropped_in_the_transaction_of_its_record(demo: Demo, people: dict[str, Person]) -> None:
    path, sato = f"/drafts/{uuid4()}", people["sato"]
    for headers, status in (({}, 201), ({"if-match": '"1"'}, 200)):
        told = sato.ask("PUT", path, headers=headers, json={"form": "filing", "said": {"title": "鍵"}})
        (row,) = query(demo, ONE, path.rpartition("/")[2])
        record = json.loads(row["body"])
        assert (record["action"], record["status"], told.status_code) == ("put-save-draft", status, status)
        assert record["request"] == told.headers["request-id"]
    (record,) = records_of(demo, sato.ask("DELETE", path).headers["request-id"])
    assert (record["action"], record["status"]) == ("delete-drop-draft", 204)
