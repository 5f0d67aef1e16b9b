"""Between the web server and the product: plain request and response values, and the ASGI edge."""
