import re


class Router:
    def __init__(self):
        self.routes = []

    def get(self, path):
        return self._route("GET", path)

    def post(self, path):
        return self._route("POST", path)

    def _route(self, method, path):
        pattern = re.compile(re.sub(r"<(\w+)>", r"(?P<\1>[^/]+)", path) + "$")

        def register(work):
            self.routes.append((method, pattern, work))
            return work

        return register

    def answer(self, environ):
        for method, pattern, work in self.routes:
            found = pattern.match(environ["PATH_INFO"] or "/")
            if found and method == environ["REQUEST_METHOD"]:
                return work(environ, **found.groupdict())
        return 404, {"title": f"nothing at {environ['PATH_INFO']}"}
