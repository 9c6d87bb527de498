"""Lines of logs are shown without secrets, and those that say the same as one."""

import pytest

from bot.integrations.lines import LONGEST, redacted, top


@pytest.mark.parametrize(
    ("line", "safe"),
    [
        ("connection refused to 10.0.0.7:5432", "connection refused to 10.0.0.7:5432"),
        ("login failed password=hunter2 for bob", "login failed password=[…] for bob"),
        ('{"password": "hunter2", "user": "bob"}', '{"password": […], "user": "bob"}'),
        ("DB_PASSWORD='hun ter2' missing", "DB_PASSWORD=[…] missing"),
        ("api-key: hunter2, retry", "api-key: […], retry"),
        ("x-auth-token => hunter2", "x-auth-token => […]"),
        ("Authorization: Bearer hunter2.hunter2", "Authorization: […]"),
        ("sent Bearer hunter2hunter2", "sent […]"),
        ("jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.hunter2 expired", "jwt […] expired"),
        ("key AKIAIOSFODNN7EXAMPLE denied", "key […] denied"),
        ("ghp_hunter2hunter2 and xoxb-hunter2-1", "[…] and […]"),
        ("mail to ann.lee+x@example.com bounced", "mail to […] bounced"),
        ("card 4111 1111 1111 1111 declined", "card […] declined"),
        ("GET https://u:hunter2@h/x?token=hunter2 500", "GET https://h/x 500"),
        ("hash d2f1a9c0b3e4d5f6a7b8c9d0e1f2a3b4hunter2", "hash […]"),
        ("-----BEGIN RSA PRIVATE KEY----- MIIhunter2 -----END", "[…]"),
        ('{"level":"error","message":"no stock","token":"hunter2"}', "no stock"),
        ('{"level":"error","msg":" ","error":"boom"}', "boom"),
        ("{not json}", "{not json}"),
        ("a\x00b\x1b[31m\nc", "a b [31m c"),
    ],
)
def test_what_looks_like_a_secret_is_taken_out(line: str, safe: str) -> None:
    found = redacted(line)
    assert "hunter2" not in found
    assert found == safe


def test_lines_that_differ_in_numbers_and_ids_are_one() -> None:
    lines = [
        "order 17 failed after 31 ms (5c6f1c1e-7a61-4b5e-9d0a-3f0d0c6b5a11)",
        "no stock",
        "order 18 failed after 9 ms (0a6062d1-85e8-4e9b-b943-d80573912692)",
        "",
        "order 19 failed after 9 ms (0a6062d1-85e8-4e9b-b943-d80573912692)",
        "timeout",
    ]
    found = top(lines, 2)
    assert [(one.words[:16], one.count) for one in found] == [("order 17 failed ", 3), ("no stock", 1)]


def test_a_line_of_any_length_is_short() -> None:
    hostile = ("password" * 50_000, "a@" * 50_000, '{"a":' * 50_000, "1 " * 50_000, "=" * 100_000, "eyJ." * 40_000)
    assert all(len(redacted(line)) <= LONGEST for line in hostile)
