import html.parser

import pytest
from starlette.routing import Route, WebSocketRoute

from rest_bridge.app import create_app
from rest_bridge.config import BridgeSettings

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_the_page_names_every_route_and_asks_for_nothing(http):
    reply = await http.get("/")
    assert reply.status_code == 200
    assert reply.headers["content-type"].startswith("text/html")
    assert reply.headers["content-security-policy"].startswith("default-src 'none'")
    for route in create_app(BridgeSettings()).routes:
        assert isinstance(route, Route | WebSocketRoute)
        assert route.path in reply.text
    attributes = []
    parser = html.parser.HTMLParser()
    parser.handle_starttag = lambda tag, given: attributes.extend(name for name, _ in given)
    parser.feed(reply.text)
    assert not {"src", "href", "action", "onclick"} & set(attributes)
    assert (await http.head("/")).status_code == 200
