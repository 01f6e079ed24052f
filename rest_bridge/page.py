"""GET /: says what this is and where things are, without asking anything of anyone."""

from html import escape

from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route, WebSocketRoute

_PAGE = """<!doctype html>
<html lang="es">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Chatterbox ES-LATAM</title>
<h1>Chatterbox ES-LATAM</h1>
<p>Texto a voz en español latinoamericano. Este servicio está en marcha; sus rutas:</p>
<p lang="en">Text to speech for Latin American Spanish. This service is running; its routes:</p>
<ul>
{routes}
</ul>
</html>
"""
_POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'"


async def show_page(request: Request) -> HTMLResponse:
    """The page, with every route of the application."""
    routes = sorted(
        (route.path, " ".join(sorted((getattr(route, "methods", None) or {"WEBSOCKET"}) - {"HEAD"})))
        for route in request.app.routes
        if isinstance(route, Route | WebSocketRoute)
    )
    items = "\n".join(f"<li>{methods} <code>{escape(path)}</code></li>" for path, methods in routes)
    return HTMLResponse(_PAGE.format(routes=items), headers={"Content-Security-Policy": _POLICY})
