"""Bookmarks over WSGI, with as much of a framework as it needs."""

import json
from http import HTTPStatus

from routing import Router

router = Router()
BOOKMARKS = {"1": {"url": "https://example.com/", "tags": ["home"]}}


@router.get("/")
def index(request):
    return 200, {"bookmarks": len(BOOKMARKS), "root": request["SCRIPT_NAME"] + "/"}


@router.get("/bookmarks/<number>")
def show(request, number):
    if number not in BOOKMARKS:
        return 404, {"title": "no such bookmark"}
    return 200, {**BOOKMARKS[number], "query": request["QUERY_STRING"]}


@router.post("/bookmarks/<number>")
def add(request, number):
    body = json.loads(request["wsgi.input"].read(int(request["CONTENT_LENGTH"])))
    BOOKMARKS[number] = body
    return 201, body


@router.get("/icon")
def icon(request):
    return 200, bytes([0, 255, 1])


def app(environ, start_response):
    status, body = router.answer(environ)
    if isinstance(body, bytes):
        kind = "image/x-icon"
    else:
        kind = "application/json" if status < 400 else "application/problem+json"
        body = json.dumps(body).encode()
    headers = [("Content-Type", kind), ("Set-Cookie", "seen=1"), ("Set-Cookie", "theme=dark")]
    start_response(f"{status} {HTTPStatus(status).phrase}", headers)
    return [body]
