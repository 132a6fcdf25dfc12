"""Tells whether the server that cqlsh is about to log in to has a certificate of the given authority.

cqlsh is told to check that, but with the Python driver 3.28 and later it does not: the driver puts the demand
into another member of the SSL context (cassandra/connection.py, _build_ssl_context_from_options).

Arguments: host, port, folder with ca.pem and perhaps cert.pem and key.pem. Standard library of Python 3.6 only.
"""
import os
import socket
import ssl
import sys

host, port, folder = sys.argv[1:]
own = os.path.join(folder, "cert.pem")
context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
# Certificates of Cassandra rarely name addresses; cqlsh does not ask for it either.
context.check_hostname = False
try:
    context.load_verify_locations(os.path.join(folder, "ca.pem"))
    if os.path.exists(own):
        context.load_cert_chain(own, os.path.join(folder, "key.pem"))
    context.wrap_socket(socket.create_connection((host, int(port)), 10)).close()
except ssl.SSLError as error:
    if error.reason == "CERTIFICATE_VERIFY_FAILED":
        sys.exit("Connection error: %s" % error)
except Exception:
    # Whatever else is wrong cqlsh will meet too, and say.
    pass
